import type { Caller } from '@tessera/shared/bus/call'
import { prepared } from '@tessera/shared/database/prepared'
import type { AgentsDatabase } from '../database.ts'
import { takesPart } from '../conversations/conversations.store.ts'

/**
 * What somebody may hear of a run, whatever it was made from: `none` of it, as if it were not there; `later`, once it has ended; or `all`. While it runs it is
 * heard by those alone who took part when it began, and still do; who joins later sees from the next message on, and this one as one of the earlier ones.
 */
export type Hearing = 'none' | 'later' | 'all'

export async function findHearing(
  db: AgentsDatabase,
  { workspaceId, subject }: Caller,
  runId: string,
): Promise<{ hearing: Hearing; purpose: string | undefined }> {
  const run = await db
    .selectFrom('runs')
    .innerJoin('conversations', 'conversations.id', 'runs.conversation_id')
    .innerJoin('messages', 'messages.id', 'runs.message_id')
    .leftJoin('participants', (join) =>
      join
        .onRef('participants.conversation_id', '=', 'conversations.id')
        .on('participants.name', '=', subject)
        .on('participants.state', '=', 'active'),
    )
    .select(['runs.state', 'runs.subject', 'runs.audience', 'runs.purpose', 'conversations.author'])
    .select(['messages.position', 'participants.joined_position as joined'])
    .where('runs.id', '=', runId)
    .where('conversations.workspace_id', '=', workspaceId)
    .where((row) => row.or([row('runs.only_for', 'is', null), row('runs.only_for', '=', subject)]))
    .where((row) => takesPart(row, subject))
    .modifyEnd(prepared)
    .executeTakeFirst()
  if (!run) return { hearing: 'none', purpose: undefined }
  const wasThere = run.author === subject || (run.joined !== null && run.joined < run.position)
  const heard = run.subject === subject || (run.audience.includes(subject) && wasThere)
  return { hearing: heard || run.state !== 'running' ? 'all' : 'later', purpose: run.purpose ?? undefined }
}
