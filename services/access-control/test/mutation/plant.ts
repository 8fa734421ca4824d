// Loaded with `--import …/plant.ts?mutant=<name>` before a test: plants that mutant into its source file as that is loaded.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'

const wanted = new URL(import.meta.url).searchParams.get('mutant')
const mutant = mutants.find(({ name }) => name === wanted)
if (!mutant) throw new Error(`There is no mutant called ${wanted}`)
const url = new URL(`../../src/${mutant.file}`, import.meta.url).href
const parts = readFileSync(fileURLToPath(url), 'utf8').split(mutant.text)
if (parts.length !== 2)
  throw new Error(`${mutant.file} has ${parts.length - 1} times what is to be planted into: ${mutant.text}`)
const planted = parts.join(mutant.instead)

registerHooks({
  load: (loaded, context, next) =>
    loaded === url ? { format: 'module-typescript', source: planted, shortCircuit: true } : next(loaded, context),
})
