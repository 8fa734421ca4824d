import { fail, ok } from '@tessera/shared/fault/result'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { findDefinitions, replaceDefinitions, touchLabelled } from './labels.store.ts'

/** What carries the label keeps it; undefined from now on, it hides. */
export const deleteLabel: Make<'deleteLabel'> = ({ write }) =>
  async function deleteLabel({ label }, call) {
    return write(call, { operation: 'deleteLabel', input: { label }, sensitive: true }, mayAdmin, async (change) => {
      if (!(await findDefinitions(change.trx, change.workspaceId)).has(label)) return fail(unknown('label'))
      await replaceDefinitions(change, [label], [])
      await touchLabelled(change, [label])
      return ok({})
    })
  }
