import type { Citation, RunEvent } from '@tessera/shared/contracts/agents'
import { newId } from '@tessera/shared/ids/ids'

export const citation: Citation = {
  marker: '[1]',
  passageId: 'psg_0123456789abcdef',
  documentId: newId('doc'),
  title: 'Leave',
  url: 'https://handbook.example/leave',
  start: 10,
  end: 13,
}

/** The events of a run that answers "Take leave [1]." in two parts. */
export function aRun({ conversationId = newId('cnv') }: { conversationId?: string } = {}) {
  const ids = { runId: newId('run'), conversationId, questionId: newId('msg'), messageId: newId('msg') }
  const { messageId } = ids
  const { marker, passageId, documentId, title } = citation
  const text = 'Take leave [1].'
  const started: RunEvent = { id: 1, step: 0, type: 'run.started', ...ids }
  const found: RunEvent = {
    id: 2,
    step: 0,
    type: 'passages.found',
    decisionId: newId('dec'),
    revision: 9,
    passages: [{ marker, passageId, documentId, title }],
  }
  const said: RunEvent = { id: 3, step: 0, type: 'text.delta', text: 'Take leave ' }
  const saidMore: RunEvent = { id: 4, step: 0, type: 'text.delta', text: '[1].' }
  const cited: RunEvent = { id: 5, step: 0, type: 'citation.added', citation }
  const completed: RunEvent = {
    id: 6,
    step: 0,
    type: 'run.completed',
    messageId,
    text,
    citations: [citation],
    model: 'tessera/extractive',
    usage: { inputTokens: 12, outputTokens: 5, estimated: false },
  }
  const failed: RunEvent = {
    id: 4,
    step: 0,
    type: 'run.failed',
    messageId,
    text: 'Take leave ',
    partial: true,
    fault: {
      code: 'models.provider-cut',
      status: 502,
      title: 'The provider broke the answer off',
      detail: 'OpenAI broke the answer off.',
      meta: { provider: 'openai', cause: 'cut', afterFirstToken: true },
    },
  }
  return { ids, text, started, found, said, saidMore, cited, completed, failed }
}
