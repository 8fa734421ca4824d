import { Type } from 'typebox'
import { Value } from 'typebox/value'

/** Labels by provider or by `provider/name`; `*` stands for every label. What is not named here may process none. */
export type ModelLabels = ReadonlyMap<string, readonly string[]>

const Labels = Type.Record(Type.String(), Type.Array(Type.String()))

export const modelLabelsVariable = Type.String({
  default: '{}',
  description:
    'JSON: which labels a provider, or a model as provider/name, may process, such as {"provider": ["hr"], "provider/name": ["internal"]}. `*` is every label. Nothing by default.',
})

/** Throws on what is not such JSON: a mistake here must not start a service that clears too much. */
export function readModelLabels(text: string): ModelLabels {
  const value: unknown = JSON.parse(text)
  if (!Value.Check(Labels, value)) throw new Error('MODEL_LABELS must be a JSON object of lists of labels')
  return new Map(Object.entries(value))
}

/** The labels among these that the model is not cleared for. The built-in model runs in our own process: nothing leaves with it. */
export function unclearedLabels(labels: ModelLabels, model: string, carried: readonly string[]): string[] {
  const provider = model.slice(0, model.indexOf('/'))
  if (provider === 'tessera') return []
  const cleared = [...(labels.get(provider) ?? []), ...(labels.get(model) ?? [])]
  return cleared.includes('*') ? [] : carried.filter((label) => !cleared.includes(label))
}
