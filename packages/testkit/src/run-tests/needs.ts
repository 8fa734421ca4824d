import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** What a test can need of this machine: a server of the shared stack, or the program to start one of its own. */
export type Need = 'postgres' | 'nats' | 'elasticsearch' | 'own nats' | 'own postgres'

const HELPERS = new Map<string, Need>([
  ['@tessera/testkit/database', 'postgres'],
  ['@tessera/testkit/bus', 'nats'],
  ['@tessera/testkit/search', 'elasticsearch'],
  ['@tessera/testkit/own-nats', 'own nats'],
  ['@tessera/testkit/own-postgres', 'own postgres'],
])

const IMPORT = /^\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

/** The needs of a test file, told from which helpers of the testkit it and the files beside it import. */
export async function needsOf(file: string, seen = new Set<string>()): Promise<Set<Need>> {
  const needs = new Set<Need>()
  if (seen.has(file)) return needs
  seen.add(file)
  const text = await readFile(file, 'utf8').catch(() => '')
  for (const match of text.matchAll(IMPORT)) {
    const specifier = inPackage(file, match[1] ?? match[2] ?? '')
    const need = HELPERS.get(specifier)
    if (need !== undefined) needs.add(need)
    else if (specifier.startsWith('.')) {
      for (const more of await needsOf(resolve(dirname(file), specifier), seen)) needs.add(more)
    }
  }
  return needs
}

const TESTKIT = join(import.meta.dirname, '..')

/** The testkit's own tests import the helpers by their file. */
function inPackage(file: string, specifier: string): string {
  if (dirname(file) !== TESTKIT || !specifier.startsWith('./')) return specifier
  const name = `@tessera/testkit/${specifier.slice(2).replace(/\.ts$/, '')}`
  return HELPERS.has(name) ? name : specifier
}
