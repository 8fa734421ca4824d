import type { Call } from '@tessera/shared/bus/call'
import { maxParticipants, type Participant } from '@tessera/shared/contracts/agents/conversations'
import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import { invalid } from '../edge/faults.ts'
import { findOwned, type OwnerFault } from './owner.ts'
import { participantOf } from './participants.store.ts'

type Input = { conversationId: string; name: string }

/**
 * Invites a person. The name is only written down: whether there is such a person, and what they may open, is decided when they come. To invite somebody
 * again who is invited or takes part changes nothing.
 */
export function createAddParticipant(deps: DefinitionDeps) {
  return async function addParticipant(
    { conversationId, name }: Input,
    call: Call,
  ): Promise<Result<Participant, OwnerFault | Fault<'agents.invalid'>>> {
    const owned = await findOwned(deps, conversationId, call)
    if (!owned.ok) return owned
    const refuse = (rule: string) => fail(invalid([{ field: '/name', rule }]))
    if (!name.startsWith('user:')) return refuse('must be the name of a user')
    if (name === owned.value.author) return refuse('must not be the owner')
    const row = await inTransaction(deps.db, async (trx) => {
      // One after the other, so that two invitations don't both find the last place.
      await trx.selectFrom('conversations').select('id').where('id', '=', conversationId).forUpdate().execute()
      const others = await trx
        .selectFrom('participants')
        .select((count) => count.fn.countAll<string>().as('count'))
        .where('conversation_id', '=', conversationId)
        .where('name', '<>', name)
        .where('state', '<>', 'left')
        .executeTakeFirstOrThrow()
      if (Number(others.count) + 2 > maxParticipants) return undefined
      return trx
        .insertInto('participants')
        .values({ conversation_id: conversationId, name, state: 'invited' })
        .onConflict((conflict) =>
          conflict.columns(['conversation_id', 'name']).doUpdateSet({
            state: sql`case when participants.state = 'left' then 'invited' else participants.state end`,
          }),
        )
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    return row ? ok(participantOf(row)) : refuse(`must be one of at most ${maxParticipants} who take part`)
  }
}
