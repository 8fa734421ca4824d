export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The one text of a JSON value (RFC 8785): members in the order of their UTF-16 code units, no white space, numbers as ECMAScript writes them. Members that
 * are undefined are left out. A lone surrogate and U+0000, which a `jsonb` cannot hold, become U+FFFD, so that the text comes back from the database as it went in.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no such number')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  // Written out plainly, since it runs over hundreds of texts with every decision.
  let text = ''
  if (isList(value)) {
    for (const member of value) text += `${text && ','}${canonicalJson(member)}`
    return `[${text}]`
  }
  for (const key of Object.keys(value).sort(byCodeUnit)) {
    const member = value[key]
    if (member !== undefined) text += `${text && ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value)
const byCodeUnit = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)

const plain = /^[ !#-[\]-~]*$/
// oxlint-disable-next-line no-control-regex
const doubtful = /[\0\ud800-\udfff]/

function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`
  return JSON.stringify(doubtful.test(text) ? text.toWellFormed().replaceAll('\0', '\ufffd') : text)
}
