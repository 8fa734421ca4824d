import type { Fault } from '@tessera/shared/fault/fault'

/** The field that a fault is about, as clients of these APIs name fields: `messages[0].content` for `/messages/0/content`. Null: the whole body, or none. */
export function paramOf({ errors: [first] = [] }: Fault): string | null {
  const parts = (first?.field ?? '').split('/').filter((part) => part !== '')
  if (parts.length === 0) return null
  return parts
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '')
}
