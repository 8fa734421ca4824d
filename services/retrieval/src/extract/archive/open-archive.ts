import { unzipSync } from 'fflate'
import { Refused } from '../refused.ts'

/** What the parts of an office file may unfold to together. The largest real ones (sheets of a million rows) stay below it. */
const maxUnfoldedBytes = 256 * 1024 * 1024
const maxParts = 10_000

/** The parts of a zip archive whose names are wanted, unpacked under a limit that its own headers cannot lie about. */
export function openArchive(bytes: Uint8Array, isWanted: (name: string) => boolean): ReadonlyMap<string, Uint8Array> {
  // OLE2 (ECMA-376 files with a password are wrapped in it, [MS-OFFCRYPTO] 2.3).
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new Refused('encrypted', 'It is protected by a password.')
  if (hasEncryptedPart(bytes)) throw new Refused('encrypted', 'It is protected by a password.')
  let unfolded = 0
  let parts = 0
  const found = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (++parts > maxParts) throw new Refused('expands-too-far', `It has more than ${maxParts} parts.`)
      if (!isWanted(name)) return false
      // A part is unpacked into as much as its header says, and what it holds beyond that is cut off: nothing is ever larger than this sum.
      unfolded += originalSize
      if (unfolded > maxUnfoldedBytes) throw new Refused('expands-too-far', 'It unfolds to more than 256 MiB.')
      return true
    },
  })
  return new Map(Object.entries(found))
}

/** Bit 0 of the flags of a local file header (APPNOTE 4.4.4). */
const hasEncryptedPart = (bytes: Uint8Array) =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4 && ((bytes[6] ?? 0) & 1) === 1
