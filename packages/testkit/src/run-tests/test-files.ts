import { glob, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

/** Where this repository has tests. */
const FOLDERS = ['packages', 'services', 'apps', 'k8s', 'bench', 'docs', 'scripts']

/** The test files under the given paths (files or folders, from the current directory), or all of the repository; absolute and sorted. */
export async function testFiles(root: string, paths: string[]): Promise<string[]> {
  const places = paths.length === 0 ? FOLDERS.map((folder) => join(root, folder)) : paths.map((path) => resolve(path))
  const found = await Promise.all(places.map((place) => filesUnder(place, paths.length > 0)))
  return [...new Set(found.flat())].toSorted()
}

async function filesUnder(place: string, mustExist: boolean): Promise<string[]> {
  const kind = await stat(place).catch(() => undefined)
  if (kind === undefined && mustExist) throw new Error(`no such file or folder: ${relative('.', place)}`)
  if (kind?.isFile()) return [place]
  const found: string[] = []
  for await (const name of glob('**/*.test.ts', { cwd: place, exclude: (name) => name.includes('node_modules') })) {
    found.push(join(place, name))
  }
  return found
}
