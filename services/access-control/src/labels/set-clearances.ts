import { fail, ok } from '@tessera/shared/fault/result'
import { findAgent } from '../agents/put-agent.ts'
import type { Change } from '../changes/writer.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'
import { holdsClearances, replaceClearances } from './clearances.store.ts'

export const setClearances: Make<'setClearances'> = ({ write }) =>
  async function setClearances(input, call) {
    const { principal } = input
    if (!holdsClearances(principal)) {
      const rule =
        'must be a user, a service account, a group or an agent: nobody is cleared through a space or a container'
      return fail(invalid([{ field: '/principal', rule }]))
    }
    return write(
      call,
      { operation: 'setClearances', input, kind: 'grant', sensitive: true },
      mayAdmin,
      async (change) => {
        if (!(await isKnown(change, principal))) return fail(unknown('principal'))
        await replaceClearances(change, [input])
        return ok({})
      },
    )
  }

const isKnown = async ({ trx, workspaceId }: Change, name: string) =>
  name.startsWith('agent:')
    ? (await findAgent(trx, workspaceId, name)) !== undefined
    : (await findName(trx, workspaceId, name)) !== undefined
