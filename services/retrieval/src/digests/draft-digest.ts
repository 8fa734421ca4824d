import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { modelsFaults, sendingFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { type Failure, fail, ok } from '@tessera/shared/fault/result'
import { type AccessCheck, checkPassages } from '../documents/check-passages.ts'
import { candidateOf, offersOf, served } from '../documents/offers.ts'
import type { RegistryPassage } from '../documents/passages.store.ts'
import { fault } from '../faults.ts'
import { maskedTexts } from '../redact/redacted-variant.ts'
import { draftPrompt, withoutMarkers } from './draft-prompt.ts'
import type { KeepProposal } from './keep-proposal.ts'
import type { ReadInFull } from './read-in-full.ts'

export type DraftModels = Pick<Client<typeof modelsContract>, 'complete'>
export type DraftDigestDeps = {
  access: AccessCheck
  models: DraftModels
  readInFull: ReadInFull
  keepProposal: KeepProposal
}

/** Where none is named, as for agents. */
const DEFAULT_ROUTE = 'default'
/** What a digest keeps is for a writer to choose. */
const builtIn = 'tessera/'
/** Of a digest, which has a few sentences; more than the longest that may be kept. */
const maxOutputTokens = 1000

/**
 * Lets a model draft a digest, from the passage with its spans masked, and proposes it in the name of who asked, if it gives nothing away. The model gets
 * the passage under a decision about exactly this text, so that model-router holds it to the labels that what is sent still carries (ACCESS.md section 7).
 */
export function createDraftDigest({ access, models, readInFull, keepProposal }: DraftDigestDeps) {
  return async function draftDigest(input: { passageId: string; model?: string }, call: Call) {
    const { passageId, model = DEFAULT_ROUTE } = input
    const read = await readInFull({ passageId }, call)
    if (!read.ok) return read
    const source = await sourceOf(access, read.value, call)
    if (!source.ok) return source
    const { texts, decisionId } = source.value
    const request = { model, messages: draftPrompt(texts), maxOutputTokens, decisionIds: [decisionId] }
    const draft = await completed(models.complete(request, call))
    if (!draft.ok) return draft
    const kept = await keepProposal(read.value.passage, withoutMarkers(draft.value.text), call)
    if (kept.ok) return ok({ ...kept.value, model: draft.value.model })
    if (kept.fault.code !== 'retrieval.invalid') return kept
    return noDraft(`The draft of ${draft.value.model} was dropped: it ${kept.fault.errors?.[0]?.rule}.`)
  }
}

type Read = { passage: RegistryPassage; decisionId: string }

/**
 * What a model may be sent, and the decision under which it is: the redacted variant where it exists, so that labels which leave just that do not count; else
 * what is left of the passage when its spans are masked, for which all labels count.
 */
async function sourceOf(access: AccessCheck, { passage, decisionId }: Read, call: Call) {
  const redacted = offersOf(passage).find(({ view }) => view === 'redacted')
  if (redacted) {
    const checked = await checkPassages(access, { candidates: [candidateOf(redacted)], operation: 'citation' }, call)
    if (!checked.ok) return checked
    const [texts] = served(redacted, checked.value)
    if (texts) return ok({ texts, decisionId: checked.value.decisionId })
  }
  if (passage.marking?.cut) return noDraft('Something that is to be masked in it is cut apart where passages meet.')
  return ok({ texts: maskedTexts(passage, passage.marking, false), decisionId })
}

/** All that a model said, if it came to an end by itself. */
async function completed(events: ReturnType<DraftModels['complete']>) {
  let [text, model, finished] = ['', '', false]
  for await (const event of events) {
    if (!event.ok) return failFromModels(event.fault)
    if (event.value.type === 'start') ({ model } = event.value)
    if (event.value.type === 'text-delta') text += event.value.text
    if (event.value.type === 'refusal-delta') return noDraft(`${model} declines to draft a digest.`)
    if (event.value.type === 'end') finished = event.value.finishReason === 'stop'
  }
  if (model.startsWith(builtIn)) return noDraft(`${model} quotes passages and writes nothing of its own.`)
  return finished ? ok({ text, model }) : noDraft(`The draft of ${model} did not come to its end.`)
}

/** What the model router refused with: the same. When it did not answer, so much is said. */
function failFromModels(from: Fault): Failure<Fault<(typeof sendingFaults)[number]>> {
  const code = sendingFaults.find((known) => known === from.code)
  return fail(code ? { ...from, code } : modelsFaults.fault('unavailable', `It did not answer (${from.code}).`))
}

const noDraft = (detail: string) => fail(fault('no-draft', detail))
