import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { Citation } from '@tessera/shared/contracts/agents'
import { agentsFaults } from '@tessera/shared/contracts/agents/faults'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { createAnswerText } from '../answers/answer-text.ts'
import type { CitedPiece } from '../answers/cite.ts'
import { currentAudience } from '../conversations/participants.store.ts'
import type { AgentsDatabase } from '../database.ts'
import { callAsAgent } from '../edge/callers.ts'
import type { Access } from '../read-sets/check-openable.ts'
import { addToReadSet, unionOf } from '../read-sets/read-sets.store.ts'
import { composePrompt } from './compose-prompt.ts'
import { entriesOf, type Found, gatherPermitted, modelsOf } from './gather.ts'
import { finishRun } from './finish-run.ts'
import type { History } from './history.ts'
import { fetchSteps, journalStep, type StepOutputs } from './journal.ts'
import { fetchAsked, type Asked } from './runs.store.ts'
import type { RunLog } from './run-log.ts'
import { type Answer, type GivenPassage, type Outcome, type Run, stepNumbers } from './run.ts'
import { watchRights } from './watch-rights.ts'

/** Where a run can be stopped dead in a test. Each lies between two things that must not be torn apart by a crash. */
export type Boundary =
  | 'run.stored'
  | 'run.taken-up'
  | 'search.returned'
  | 'search.journaled'
  | 'model.called'
  | 'model.delta'
  | 'model.ended'
  | 'model.journaled'
  | 'run.finished'

export type RunDeps = {
  readonly db: AgentsDatabase
  readonly bus: Bus
  readonly access: Access
  readonly retrieval: Client<typeof retrievalContract>
  readonly models: Client<typeof modelsContract>
  readonly onBoundary: (name: Boundary, run: Run) => Promise<void> | void
  /** Whether this process has been told to stop. */
  readonly stopping: () => boolean
}

/**
 * Why the work on a run stops before its end. `unchecked`: access-control could not say whether it may go on. `lost` and `released`: another worker
 * goes on with it.
 */
export type StopReason = 'asked' | 'access.revoked' | 'expired' | 'unchecked' | 'lost' | 'released'

export type Work = {
  readonly deps: RunDeps
  readonly run: Run
  readonly log: RunLog
  readonly stop: AbortController
  readonly asked: Asked
}

const maxAttempts = 5

/**
 * One run from where it stands to its end: search, complete, finish. `asked` is read where it is not given. False when it has no end yet, and another worker shall
 * go on.
 */
export async function runAgent(
  deps: RunDeps,
  run: Run,
  { log, stop, asked }: { log: RunLog; stop: AbortController; asked: Asked | undefined },
): Promise<boolean> {
  const work: Work = { deps, run, log, stop, asked: asked ?? (await fetchAsked(deps.db, run)) }
  const steps = run.attempt > 1 || run.fence > 1 ? await takeUp(work) : {}
  const outcome = await answer(work, steps)
  if (!outcome || (deps.stopping() && isOfTheBus(outcome))) return false
  await finishRun(log, run, outcome)
  await deps.onBoundary('run.finished', run)
  return true
}

/** When this process stops, its connections break before its runs have ended: that is no failure of theirs. */
const isOfTheBus = (outcome: Outcome) =>
  outcome.state === 'failed' && /^(bus|stream)\.|\.unavailable$/.test(outcome.fault.code)

/** Reads the journal of a run that another worker began, and tells its readers where it begins anew. */
async function takeUp({ deps, run, log }: Work) {
  await deps.onBoundary('run.taken-up', run)
  const steps = await fetchSteps(deps.db, run.id)
  const interrupted = steps.search !== undefined && steps.complete === undefined
  if (log.hasReserved() || interrupted) await log.fillReserved(stepNumbers.complete)
  return steps
}

async function answer(
  work: Work,
  steps: { search?: StepOutputs['search']; complete?: Answer },
): Promise<Outcome | undefined> {
  const { run, stop } = work
  if (steps.complete) return { state: 'completed', ...steps.complete }
  if (run.attempt > maxAttempts)
    return failed(agentsFaults.fault('abandoned', `The run broke off ${maxAttempts} times.`))
  const early = stoppedOutcome(stop.signal, nothing)
  if (early) return early.outcome
  const audience = await currentAudience(work.deps.db, run)
  const material = await gatherPermitted(work, steps.search, audience)
  const stopped = stoppedOutcome(stop.signal, nothing)
  if (stopped) return stopped.outcome
  if (!material.ok) return failed(material.fault)
  const { found, history } = material.value
  if (!history.parentOpenable || found.state === 'revoked')
    return { state: 'cancelled', reason: 'access.revoked', ...nothing }
  await begin(work, found, history)
  return complete(work, found.output, history)
}

/** Before the model sees anything, the message says what it will have been made from. */
async function begin({ deps, run, log }: Work, found: Found, history: History): Promise<void> {
  const { passages, decisionId, receipt, revision, unclearedLabels } = found.output
  const readSet = unionOf([entriesOf(passages), history.entries])
  const isNew = found.state === 'new'
  const step = stepNumbers.search
  const restricted = unclearedLabels.length > 0 ? { unclearedLabels: [...unclearedLabels] } : {}
  const told = {
    step,
    type: 'passages.found',
    decisionId,
    ...(receipt && { receipt }),
    revision,
    passages: passages.map(citable),
    ...restricted,
  } as const
  await log.commit(isNew ? [told] : [], {
    reserve: true,
    also: [addToReadSet(run.messageId, readSet), ...(isNew ? [journalStep('search', found.output)] : [])],
  })
  await deps.onBoundary('search.journaled', run)
}

/** As it is cited: what is redacted says so, and of a digest there is the title only. */
const citable = ({ marker, passageId, documentId, title, url, view }: GivenPassage) => ({
  ...{ marker, passageId, documentId, title },
  ...(url === undefined || view === 'digest' ? {} : { url }),
  ...(view === 'full' ? {} : { view }),
})

async function complete(work: Work, found: StepOutputs['search'], history: History): Promise<Outcome | undefined> {
  const { deps, run, log, stop } = work
  const readSet = unionOf([entriesOf(found.passages), history.entries])
  const watch = watchRights(deps, run, readSet, found.revision, stop)
  const received = createReceived(log)
  try {
    const ended = await streamAnswer(work, found, history, received)
    const stopped = stoppedOutcome(stop.signal, received.partial())
    if (stopped) return stopped.outcome
    if ('fault' in ended) return { state: 'failed', fault: watch.fault() ?? ended.fault, ...received.partial() }
    const output: Answer = { ...received.partial(), ...ended }
    await deps.onBoundary('model.ended', run)
    await log.commit([], { also: [journalStep('complete', output)] })
    await deps.onBoundary('model.journaled', run)
    return { state: 'completed', ...output }
  } finally {
    watch.end()
  }
}

type Ended = Pick<Answer, 'model' | 'usage' | 'finishReason'> | { readonly fault: Fault }

async function streamAnswer(
  { deps, run, stop, asked }: Work,
  found: StepOutputs['search'],
  history: History,
  received: Received,
): Promise<Ended> {
  const { model } = modelsOf(asked)
  const { passages } = found
  const text = createAnswerText(
    passages.map(citable),
    passages.flatMap(({ title, text }) => [title, text]),
  )
  const { maxOutputTokens, temperature, clientHistory = [] } = run.request
  const messages = composePrompt({
    instructions: asked.version.instructions,
    passages,
    history: history.turns,
    clientHistory,
    question: asked.question,
  })
  const events = deps.models.complete(
    {
      ...modelsOf(asked),
      messages,
      conversation: run.conversationId,
      decisionIds: [found.decisionId, ...history.decisionIds],
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
    },
    callAsAgent(deps.bus, run.caller, run.agentId, run.remainingMs, stop.signal),
  )
  let served = model
  let end: Extract<CompletionEvent, { type: 'end' }> | undefined
  let fault: Fault | undefined
  await deps.onBoundary('model.called', run)
  for await (const event of events) {
    if (!event.ok) fault = event.fault
    else if (event.value.type === 'start') served = event.value.model
    else if (event.value.type === 'end') end = event.value
    else if (event.value.type === 'text-delta' || event.value.type === 'refusal-delta') {
      if (await received.add(text.push(event.value.text))) await deps.onBoundary('model.delta', run)
    }
  }
  await received.add(text.end())
  if (fault) return { fault }
  if (!end) return { fault: modelsFaults.fault('provider-cut', `The answer of ${served} broke off.`) }
  return { model: served, usage: end.usage, finishReason: end.finishReason }
}

type Received = ReturnType<typeof createReceived>

/** What has come of the answer so far; each piece goes to the readers as it comes. */
function createReceived(log: RunLog) {
  let text = ''
  const citations: Citation[] = []
  const step = stepNumbers.complete
  return {
    /** True when there was something to give out. */
    async add(pieces: readonly CitedPiece[]): Promise<boolean> {
      for (const piece of pieces) {
        if (piece.kind === 'text') text += piece.text
        else citations.push(piece.citation)
      }
      await log.stream(
        pieces.map((piece) =>
          piece.kind === 'text'
            ? { step, type: 'text.delta', text: piece.text }
            : { step, type: 'citation.added', citation: piece.citation },
        ),
      )
      return pieces.length > 0
    },
    partial: () => ({ text, citations }),
  }
}

const nothing = { text: '', citations: [] }

const failed = (fault: Fault): Outcome => ({ state: 'failed', fault, ...nothing })

/** What a stopped run comes to; an `outcome` of undefined: nothing, others will say. */
function stoppedOutcome(
  signal: AbortSignal,
  partial: { text: string; citations: Citation[] },
): { outcome: Outcome | undefined } | undefined {
  if (!signal.aborted) return undefined
  const reason = signal.reason as StopReason
  switch (reason) {
    case 'asked':
    case 'access.revoked':
      return { outcome: { state: 'cancelled', reason, ...partial } }
    case 'expired':
      return { outcome: { state: 'expired', ...partial } }
    case 'unchecked':
      return undefined
    case 'lost':
    case 'released':
      return { outcome: undefined }
  }
}
