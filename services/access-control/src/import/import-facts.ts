import { fail, ok } from '@tessera/shared/fault/result'
import { analyzeGrown } from '../changes/analyze-grown.ts'
import { isSensitiveImport } from '../changes/widening.ts'
import type { Operation } from '../changes/writer.ts'
import { invalid } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { type Batch, createBatch } from './batch.ts'
import { importAgents } from './import-agents.ts'
import { importClearances } from './import-clearances.ts'
import { importDataSources } from './import-data-sources.ts'
import { importDocuments } from './import-documents.ts'
import { importLabels } from './import-labels.ts'
import { importMemberships } from './import-memberships.ts'
import { importPrincipals } from './import-principals.ts'
import { type LineError, readLines } from './read-lines.ts'

/** Each finds what it refers to among what is there, and what those before it wrote. */
const steps: readonly ((batch: Batch) => Promise<void>)[] = [
  importLabels,
  importPrincipals,
  importMemberships,
  importAgents,
  importClearances,
  importDataSources,
  importDocuments,
]

/**
 * One batch: all of it or nothing, at one revision. A line replaces what was said of the same thing, by an earlier line as well; what it leaves out stays. A
 * broken line is no fault, since a report names every one of them.
 */
export const importFacts: Make<'importFacts'> = ({ write }) =>
  async function importFacts(input, call) {
    const { lines, errors } = readLines(input.lines)
    const refused = { errors, revision: 0 }
    const operation: Operation = {
      operation: 'importFacts',
      input,
      sensitive: (change) =>
        isSensitiveImport(
          change,
          lines.map(({ line }) => line),
        ),
    }
    const done = await write(call, operation, mayAdmin, async (change) => {
      const { batch, errors: found, written } = createBatch(change, lines)
      if (errors.length === 0) for (const step of steps) await step(batch)
      refused.errors = [...errors, ...found]
      refused.revision = change.revision - 1
      // Rolls back whatever the good lines wrote.
      if (refused.errors.length > 0) return fail(invalid(refused.errors.map(({ field, rule }) => ({ field, rule }))))
      await analyzeGrown(change, written.size)
      return ok({ written: written.size, unchanged: input.lines.length - written.size, errors: noErrors })
    })
    if (done.ok || refused.revision === 0 || refused.errors.length === 0) return done
    const inOrder = refused.errors.toSorted((left, right) => left.number - right.number)
    return ok({ written: 0, unchanged: 0, errors: inOrder, revision: refused.revision })
  }

const noErrors: LineError[] = []
