import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** What a test can need of this machine: a server of the shared stack, the program to start one of its own, or Go to build a tool with. */
export type Need = 'postgres' | 'nats' | 'elasticsearch' | 'own nats' | 'own postgres' | 'go'

const TESTKIT = join(import.meta.dirname, '..')
const PACKAGE = '@tessera/testkit/'

/** The testkit's files that stand for a need; its other files are looked into. */
const HELPERS = new Map<string, Need>([
  [join(TESTKIT, 'database.ts'), 'postgres'],
  [join(TESTKIT, 'bus.ts'), 'nats'],
  [join(TESTKIT, 'search.ts'), 'elasticsearch'],
  [join(TESTKIT, 'own-nats.ts'), 'own nats'],
  [join(TESTKIT, 'own-postgres.ts'), 'own postgres'],
  [join(TESTKIT, 'go-tools.ts'), 'go'],
])

const IMPORT = /^\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm
/** Helpers that need a server without one of the files above ask for it by kind. */
const SHARED_SERVER = /\bsharedServer\('(postgres|nats|elasticsearch)'\)/g

/** The needs of a test file, told from what it and the files that it imports take from the testkit. */
export async function needsOf(file: string, seen = new Set<string>()): Promise<Set<Need>> {
  const needs = new Set<Need>()
  if (seen.has(file)) return needs
  seen.add(file)
  const helper = HELPERS.get(file)
  if (helper !== undefined) return needs.add(helper)
  const text = await readFile(file, 'utf8').catch(() => '')
  for (const [, kind] of text.matchAll(SHARED_SERVER)) needs.add(kind as Need)
  for (const match of text.matchAll(IMPORT)) {
    const imported = importedFile(file, match[1] ?? match[2] ?? '')
    if (imported === undefined) continue
    for (const need of await needsOf(imported, seen)) needs.add(need)
  }
  return needs
}

/** The file of a relative import or of one from the testkit; other packages need no server of a test. */
function importedFile(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return resolve(dirname(file), specifier)
  return specifier.startsWith(PACKAGE) ? join(TESTKIT, `${specifier.slice(PACKAGE.length)}.ts`) : undefined
}
