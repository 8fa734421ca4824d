import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import { CompletionParameters } from '@tessera/shared/contracts/model-router/completion'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { ProviderFault, ProviderRequest, Unsupported } from './provider.ts'

const parameters = Object.keys(CompletionParameters.properties) as Parameter[]

/** The parameters of a request beside those that a protocol has a place for. */
export const unsupportedBeside = (honoured: ReadonlySet<Parameter>, request: ProviderRequest): Unsupported[] =>
  parameters
    .filter((name) => request[name] !== undefined && !honoured.has(name))
    .map((name) => unsupported(`/${name}`, 'is not supported by this model'))

/** A parameter that may be left out where the caller allows it. */
export const unsupported = (field: string, rule: string): Unsupported => ({ field, rule, droppable: true })

/** A request as this model can honour it: the whole of it, or with leave to drop what it can't honour the rest; else a fault that names that. */
export function honour(
  request: ProviderRequest,
  refused: readonly Unsupported[],
  { drop }: { drop: boolean },
): Result<ProviderRequest, ProviderFault> {
  const named = drop ? refused.filter(({ droppable }) => !droppable) : refused
  const [first] = named
  if (!first) return ok(refused.length === 0 ? request : without(request, refused))
  const errors = named.map(({ field, rule }) => ({ field, rule }))
  return fail(modelsFaults.fault('unsupported', `${first.field} ${first.rule}.`, { errors }))
}

function without(request: ProviderRequest, refused: readonly Unsupported[]): ProviderRequest {
  const rest = structuredClone(request)
  for (const { field } of refused) {
    const path = field.slice(1).split('/')
    const last = path.pop() ?? ''
    const owner = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], rest)
    Reflect.deleteProperty(owner as object, last)
  }
  return rest
}
