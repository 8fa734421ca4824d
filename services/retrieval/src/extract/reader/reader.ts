import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import { defaultPassageSize, type PassageSize } from '../../passages/split-passages.ts'
import type { Source } from '../extract.ts'
import { createProcessPool, type PoolLimits } from './process-pool.ts'
import { readLight, type ReadResult, type ReadSource } from './read-source.ts'
import { type ReadAttachment, readAttachments } from './read-attachments.ts'

export type Reader = ReturnType<typeof createReader>
export type ReadWhole = Omit<ReadSource, 'found'> & { attachments: ReadAttachment[] }

export type ReaderOptions = Partial<PoolLimits> & { size?: PassageSize }

/**
 * Reads documents: light ones at once, others in processes of their own with bounded time and memory, and without network. None of them can hold up the searches of
 * this process; and a thread that runs out of memory would take it down. What lies in a document is read in the same way, under limits of its own.
 */
export function createReader({ size = defaultPassageSize, ...limits }: ReaderOptions = {}) {
  const pool = createProcessPool(limits)
  const readOne = async (source: Source, untilMs: number) =>
    readLight(source, size) ?? pool.read(async () => source, size, untilMs)
  const whole = async (read: ReadResult | 'busy', untilMs: number) => {
    if (read === 'busy') return busy()
    if (!read.ok) return read
    const { found, ...document } = read.value
    const attachments = await readAttachments(found, (source) => readOne(source, untilMs))
    return attachments === 'busy' ? busy() : ok<ReadWhole>({ ...document, attachments })
  }
  return {
    /** `untilMs`: when nobody waits for it any more. What could not be begun early enough before is `busy`. */
    async read(source: Source, untilMs: number) {
      return whole(await readOne(source, untilMs), untilMs)
    },
    /** The same for a file, which is opened when its turn has come. */
    async readFile(open: () => Promise<Source>, untilMs: number) {
      return whole(await pool.read(open, size, untilMs), untilMs)
    },
    close: () => pool.close(),
  }
}

const busy = () => fail(retrievalFaults.fault('busy', 'Too many files are being read.', { retryAfterMs: 2000 }))
