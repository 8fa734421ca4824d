import type { Caller } from '@tessera/shared/bus/call'
import type { Budget } from '@tessera/shared/contracts/model-router/budgets'

/** Whom a request is made for, as far as budgets ask. `covering`: the names that access-control says cover the caller. */
export type Payer = { readonly caller: Caller; readonly covering: ReadonlySet<string> }

/** Which of a budget's counters counts this request to this model; undefined where it does not count it. */
export function counterOf(
  { of, each, model }: Budget,
  { caller, covering }: Payer,
  modelName: string,
): string | undefined {
  if (model !== undefined && !isOf(model, modelName)) return undefined
  if (of !== undefined && !holds(of, caller, covering)) return undefined
  switch (each) {
    case undefined:
      return ''
    case 'user':
      return caller.subject
    case 'key':
      return caller.keyId
    case 'agent':
      return caller.actors.find((actor) => actor.startsWith('agent:'))
  }
}

const isOf = (model: string, name: string) =>
  model.endsWith('/*') ? name.startsWith(model.slice(0, -1)) : name === model

const holds = (of: string, { subject, keyId, actors }: Caller, covering: ReadonlySet<string>) =>
  of === subject || of === keyId || actors.includes(of) || covering.has(of)

/** The names among the holders of budgets that only access-control can tell whom they cover. */
export const askedNames = (budgets: readonly Budget[]): string[] =>
  budgets.flatMap(({ of }) => (of !== undefined && /^(group|container|space|workspace|public)/.test(of) ? [of] : []))
