import { parentPort } from 'node:worker_threads'
import {
  type CompiledPolicies,
  compilePolicies,
  judgeModel,
  judgeSignatures,
  judgeTool,
  loadSchema,
} from './evaluate-policies.ts'
import { Lru } from '../../lru.ts'
import type { PolicyReply, PolicyRequest, PolicyTask } from './policy-tasks.ts'
import { validatePolicies } from './validate-policies.ts'

/** Sets held ready. */
const SLOTS = 16

const port = parentPort
if (!port) throw new Error('policy-thread.ts runs in a worker thread only')

loadSchema()
const compiled = new Lru<CompiledPolicies>(SLOTS)
const freeSlots = Array.from({ length: SLOTS + 1 }, (_, slot) => slot)

/** By the text itself, so that a version can't stand for another's policies. */
function compiledOf(text: string): CompiledPolicies {
  const known = compiled.get(text)
  if (known) return known
  const slot = freeSlots.pop()
  if (slot === undefined) throw new Error('No slot is free')
  try {
    const policies = compilePolicies(slot, text)
    const evicted = compiled.set(text, policies)
    if (evicted) freeSlots.push(evicted.slot)
    return policies
  } catch (error) {
    freeSlots.push(slot)
    throw error
  }
}

function perform(task: PolicyTask) {
  switch (task.kind) {
    case 'validate':
      return validatePolicies(task.text, task.options)
    case 'compile': {
      const { policyIds, mentions, lapsesByLabel } = compiledOf(task.text)
      return { policyIds, mentions, lapsesByLabel }
    }
    case 'signatures':
      return judgeSignatures(compiledOf(task.text), task.asker, task.signatures)
    case 'tool':
      return judgeTool(compiledOf(task.text), task.asker, task.tool)
    case 'model':
      return judgeModel(compiledOf(task.text), task.model, task.labels)
  }
}

/** After these Cedar's memory can't be trusted any more. */
const isFatal = (error: unknown) =>
  error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError')

port.on('message', ({ id, task }: PolicyRequest) => {
  let reply: PolicyReply
  try {
    reply = { id, ok: true, value: perform(task) }
  } catch (error) {
    reply = { id, ok: false, message: error instanceof Error ? error.message : String(error), fatal: isFatal(error) }
  }
  port.postMessage(reply)
})
port.postMessage('ready')
