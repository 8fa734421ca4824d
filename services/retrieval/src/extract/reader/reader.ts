import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail } from '@tessera/shared/fault/result'
import { defaultPassageSize, type PassageSize } from '../../passages/split-passages.ts'
import type { Source } from '../extract.ts'
import { createProcessPool, type PoolLimits } from './process-pool.ts'
import { readLight, type ReadResult } from './read-source.ts'

export type Reader = ReturnType<typeof createReader>

export type ReaderOptions = Partial<PoolLimits> & { size?: PassageSize }

/**
 * Reads documents: light ones at once, others in processes of their own with bounded time and memory, and without network. None of them can hold up the searches of
 * this process; and a thread that runs out of memory would take it down.
 */
export function createReader({ size = defaultPassageSize, ...limits }: ReaderOptions = {}) {
  const pool = createProcessPool(limits)
  const told = (read: ReadResult | 'busy') => (read === 'busy' ? busy() : read)
  return {
    /** `untilMs`: when nobody waits for it any more. What could not be begun early enough before is `busy`. */
    async read(source: Source, untilMs: number) {
      return readLight(source, size) ?? told(await pool.read(async () => source, size, untilMs))
    },
    /** The same for a file, which is opened when its turn has come. */
    async readFile(open: () => Promise<Source>, untilMs: number) {
      return told(await pool.read(open, size, untilMs))
    },
    close: () => pool.close(),
  }
}

const busy = () => fail(retrievalFaults.fault('busy', 'Too many files are being read.', { retryAfterMs: 2000 }))
