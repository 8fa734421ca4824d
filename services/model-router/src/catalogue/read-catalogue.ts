import { readFile } from 'node:fs/promises'
import { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import { ModelName } from '@tessera/shared/contracts/model-router/models'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Entries } from './catalogue.ts'

/** The form of a catalogue's file: what is said of each model, and under `provider/*` of all models of a provider. */
const CatalogueFile = Type.Object(
  { models: Type.Record(ModelName, CatalogueFacts, { additionalProperties: false }) },
  { additionalProperties: false },
)
const shape = Compile(CatalogueFile)

/** What comes with the program. */
const shipped = new URL('models.json', import.meta.url)

/**
 * The entries of the installation: those that come with the program, and over them those of the operator's file, model by model and field by field. Throws
 * on anything that is not such a file: a mistake here must not start a service that clears or spends too much.
 */
export async function readCatalogue(path?: string): Promise<Entries> {
  const entries = new Map(Object.entries(await readEntries(shipped)))
  if (path === undefined) return entries
  for (const [name, facts] of Object.entries(await readEntries(path))) {
    entries.set(name, { ...entries.get(name), ...facts })
  }
  return entries
}

async function readEntries(path: string | URL) {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'))
  const [error] = shape.Errors(value)
  if (error) throw new Error(`The catalogue ${String(path)} is not valid: ${error.instancePath} ${error.message}`)
  return (value as { models: Record<string, CatalogueFacts> }).models
}
