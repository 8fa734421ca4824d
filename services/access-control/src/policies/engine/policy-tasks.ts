import type { PolicyFinding } from './findings.ts'
import type { Mentions } from './mentions.ts'
import type { PolicyAsker, PolicyHit, PolicyModel, PolicySignature, PolicyTool, SignatureHits } from './questions.ts'
import type { ValidateOptions } from './validate-policies.ts'

/** What a thread does and gives back, by kind. */
export type PolicyTasks = {
  validate: { input: { text: string; options: ValidateOptions }; output: PolicyFinding[] }
  compile: {
    input: { text: string }
    output: { policyIds: readonly string[]; mentions: Mentions; lapsesByLabel: boolean }
  }
  signatures: {
    input: { text: string; asker: PolicyAsker; signatures: readonly PolicySignature[] }
    output: SignatureHits[]
  }
  tool: { input: { text: string; asker: PolicyAsker; tool: PolicyTool }; output: PolicyHit[] }
  model: { input: { text: string; model: PolicyModel; labels: readonly string[] }; output: PolicyHit[] }
}

export type PolicyTaskKind = keyof PolicyTasks
export type PolicyTask = { [K in PolicyTaskKind]: { kind: K } & PolicyTasks[K]['input'] }[PolicyTaskKind]

export type PolicyRequest = { id: number; task: PolicyTask }
/** `fatal`: the thread must not be used again. */
export type PolicyReply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; message: string; fatal: boolean }
