import { type Block, oneLine } from '../../block.ts'
import { inMessage } from '../../../passages/place.ts'
import { headLines, type Message } from './message.ts'
import { createTold, introduces, takeApart } from './quoted.ts'

/** One mail: who wrote to whom, the text, then what it quotes, each text once. */
export function blocksOfMail(message: Message): Block[] {
  const { fresh, history, signature } = takeApart(message.body)
  const told = createTold()
  told.tell(fresh)
  const older = quotedBy(told.untold(history))
  return [
    ...headOf(message),
    ...fresh,
    ...signature,
    ...(older.length > 0 ? [{ kind: 'heading' as const, level: 3, text: 'Earlier in this thread' }, ...older] : []),
  ]
}

/** Without introductions that nothing follows any more. */
const quotedBy = (blocks: readonly Block[]) =>
  blocks.filter(
    (block, at) => !introduces(block) || (blocks[at + 1] !== undefined && !introduces(blocks[at + 1] as Block)),
  )

const headOf = (message: Message): Block[] => {
  const text = headLines(message)
  return text === '' ? [] : [{ kind: 'paragraph', text }]
}

/**
 * A mailbox: a section for each thread, and in it one for each message, in the order of time. Signatures, and what an answer quotes of a message that is here, are
 * told once.
 */
export function blocksOfMailbox(messages: readonly Message[]): Block[] {
  const told = createTold()
  const numbered = messages.map((message, at) => ({ message, number: at + 1, parts: takeApart(message.body) }))
  // First what is said by its authors: a quotation may come before what it quotes.
  for (const { parts } of numbered) told.tell(parts.fresh)
  return threadsOf(numbered).flatMap((thread) => {
    const subject = oneLine(thread[0]?.message.subject ?? '')
    const title: Block = { kind: 'heading', level: 1, text: subject === '' ? 'No subject' : subject }
    return [
      { ...title, place: inMessage(thread[0]?.number ?? 1) },
      ...thread.flatMap(({ message, number, parts }) => {
        const rest = [...told.untold(parts.signature), ...quotedBy(told.untold(parts.history))]
        const name = [message.from, message.date.slice(0, 10)].filter((part) => part !== '').join(', ')
        const heading: Block = { kind: 'heading', level: 2, text: name === '' ? `Message ${number}` : name }
        return [heading, ...headOf(message), ...parts.fresh, ...rest].map((block) => ({
          ...block,
          place: inMessage(number),
        }))
      }),
    ]
  })
}

type Numbered = { readonly message: Message; readonly number: number; readonly parts: ReturnType<typeof takeApart> }

/** Messages belong together that answer one another (RFC 5322, 3.6.4). */
function threadsOf(messages: readonly Numbered[]): Numbered[][] {
  const root = new Map<string, string>()
  const rootOf = (id: string): string => {
    let at = id
    for (let above = root.get(at); above !== undefined && above !== at; above = root.get(at)) at = above
    return at
  }
  const keys = messages.map(({ message, number }) => {
    const id = message.id === '' ? `#${number}` : message.id
    const [first = id] = message.references
    for (const other of [id, ...message.references]) root.set(rootOf(other), rootOf(first))
    return id
  })
  const threads = Map.groupBy(messages, ({ number }) => rootOf(keys[number - 1] ?? ''))
  return [...threads.values()].map((thread) =>
    thread.toSorted((a, b) => compare(a.message.date, b.message.date) || a.number - b.number),
  )
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
