import type { Block } from '../../block.ts'

/** What a mail says, whatever format it came in. */
export type Message = {
  readonly subject: string
  readonly from: string
  readonly to: string
  /** ISO 8601. */
  readonly date: string
  /** With the angle brackets. */
  readonly id: string
  /** The mails that it answers, the nearest last. */
  readonly references: readonly string[]
  readonly body: readonly Block[]
  readonly attachments: readonly FoundAttachment[]
}

/** Something in a document that is a document of its own. */
export type FoundAttachment = { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array }

/** Who wrote to whom and when: what one looks for a mail by. */
export function headLines({ from, to, date }: Message): string {
  return [from && `From: ${from}`, to && `To: ${to}`, date && `Date: ${date}`].filter((line) => line !== '').join('\n')
}

/** The name and the address of who wrote it: one looks for either. */
export function writersOf({ from }: Pick<Message, 'from'>): string[] {
  const [, name = '', address = ''] = /^(.*)<([^<>]+)>$/.exec(from.trim()) ?? [from, from]
  return [name.trim().replace(/^"(.*)"$/, '$1'), address.trim()].filter((one) => one !== '')
}
