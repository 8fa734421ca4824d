import { analyse } from 'chardet'
import { Refused } from './refused.ts'

/** How sure the detector has to be, in percent. Below it, what it names is mostly noise. */
const minConfidence = 20
/** Where HTML and XML say their encoding: within 1024 bytes by the HTML standard (13.2.3.2), behind long scripts in practice. */
const sniffedBytes = 64 * 1024

/**
 * The text of a file: by its byte order mark, as UTF-8 where it is that, as it says itself (HTML, XML), else as detected. A wrong guess garbles letters above ASCII, so a file
 * of which nothing can be told is refused.
 */
export function decodeText(bytes: Uint8Array): string {
  const marked = markedEncoding(bytes)
  if (marked) return decode(bytes, marked)
  if (!bytes.includes(0)) {
    const text = tryUtf8(bytes)
    if (text !== undefined) return text
  }
  const stated = statedEncoding(bytes)
  if (stated) return decode(bytes, stated)
  if (bytes.includes(0)) throw new Refused('unreadable-content', 'It holds NUL bytes, so it is not text.')
  // In order of confidence; what TextDecoder does not know is passed over.
  for (const { name, confidence } of analyse(bytes)) {
    if (confidence >= minConfidence && isKnown(name)) return decode(bytes, name)
  }
  throw new Refused('unreadable-content', 'Its encoding cannot be told: it is neither UTF-8 nor says what it is.')
}

function markedEncoding([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return undefined
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function statedEncoding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, sniffedBytes)).toString('latin1').replaceAll('\0', '')
  const stated =
    /<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})/i.exec(
      start,
    )
  const name = stated?.[1] ?? stated?.[2]
  return name !== undefined && isKnown(name) ? name : undefined
}

/** Not fatal: one broken byte should not cost a page; too many are noticed later (unreadable.ts). */
const decode = (bytes: Uint8Array, encoding: string) => new TextDecoder(encoding).decode(bytes)

/** Whether TextDecoder knows an encoding by this name. */
export function isKnown(encoding: string): boolean {
  try {
    return new TextDecoder(encoding).encoding !== ''
  } catch {
    return false
  }
}
