import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { findLastMessage, findMessage } from '../conversations/conversations.store.ts'
import type { AgentsDatabase } from '../database.ts'
import { fault, invalid, notFound } from '../edge/faults.ts'
import type { AskFault, AskInput } from './place-question.ts'
import type { Placed } from './start-run.ts'

type Place = Result<{ question: Placed['question']; onlyFor: string | undefined }, AskFault>

/** Where in a conversation a question belongs, and who alone it is for, if not for everyone. */
export const placeIn = (db: AgentsDatabase, conversationId: string, input: AskInput, asker: string): Promise<Place> =>
  (input.retryOf ? placeRetry : placeText)(db, conversationId, input, asker)

/** Who asks for themselves hears alone. */
export const onlyForOf = ({ audience }: AskInput, asker: string) => (audience === 'me' ? asker : undefined)

async function placeRetry(db: AgentsDatabase, conversationId: string, input: AskInput, asker: string): Promise<Place> {
  const question = await findMessage(db, asker, conversationId, input.retryOf ?? '')
  if (!question) return fail(notFound('message'))
  if (question.role !== 'user') return fail(invalid([{ field: '/retryOf', rule: 'must be a question' }]))
  if (question.only_for !== null && input.audience === 'everyone')
    return fail(invalid([{ field: '/audience', rule: 'must be `me`, as that of the question' }]))
  const parentId = question.parent_id ?? undefined
  const onlyFor = question.only_for ?? onlyForOf(input, asker)
  return ok({ question: { id: question.id, parentId, text: question.text }, onlyFor })
}

/**
 * Behind the message that it names, or the last one that all who will see it know of. What is for everyone never follows what was for one: its
 * history, and its place, would tell of it.
 */
async function placeText(db: AgentsDatabase, conversationId: string, input: AskInput, asker: string): Promise<Place> {
  const { parentId, text = '' } = input
  const onlyFor = onlyForOf(input, asker)
  const atRoot = ok({ question: { parentId: undefined, text }, onlyFor })
  if (parentId === null) return atRoot
  const parent =
    parentId === undefined
      ? await findLastMessage(db, conversationId, onlyFor)
      : await findMessage(db, asker, conversationId, parentId)
  if (!parent) return parentId === undefined ? atRoot : fail(notFound('message'))
  const refuse = (rule: string) => fail(invalid([{ field: '/parentId', rule }]))
  if (parent.role !== 'assistant') return refuse('must be an answer')
  if (parent.only_for !== null && onlyFor === undefined)
    return refuse('must be an answer for everyone, unless this question is for you as well')
  if (parent.state === 'running') return fail(fault('conflict', 'The answer that this follows is still being written.'))
  return ok({ question: { parentId: parent.id, text }, onlyFor })
}
