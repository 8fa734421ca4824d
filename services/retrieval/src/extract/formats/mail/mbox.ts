/** Where a mailbox begins another message (RFC 4155): a line `From `, an address or a dash, and a time that ends in a year. */
const separator = /^From \S+ .*\d{4}\r?$/
const lineFeed = 0x0a

/** The messages of a mailbox. Lines that begin with `>From ` were changed when it was written. */
export function* messagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start = -1
  let blankBefore = true
  for (let at = 0; at < file.length;) {
    const found = file.indexOf(lineFeed, at)
    const end = found === -1 ? file.length : found + 1
    if (file[at] === 0x46 && file.toString('latin1', at, Math.min(end, at + 5)) === 'From ') {
      const line = file.toString('latin1', at, Math.min(found === -1 ? file.length : found, at + 500))
      // The first line needs no time: some programs leave it out.
      if (start === -1 || (blankBefore && separator.test(line))) {
        if (start !== -1) yield unquoted(file.subarray(start, at))
        start = end
      }
    }
    blankBefore = end - at <= 2 && file.toString('latin1', at, end).trim() === ''
    at = end
  }
  if (start !== -1) yield unquoted(file.subarray(start))
}

const unquoted = (message: Buffer) =>
  message.includes('>From ')
    ? Buffer.from(message.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1')
    : message
