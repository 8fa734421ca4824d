import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/**
 * The real path of a connection's folder if it is a folder under one of the roots that the operator allows, with every symlink resolved.
 * Outside of them nothing is looked at, so that an admin can not find out what exists on the machine.
 */
export async function resolveRoot(
  root: string,
  allowedRoots: readonly string[],
): Promise<string | { problem: string }> {
  if (!isAbsolute(root)) return { problem: 'must be an absolute path' }
  const outside = { problem: 'is not under a folder that the operator allows (FOLDER_ROOTS)' }
  if (!allowedRoots.some((allowed) => isWithin(resolve(root), resolve(allowed)))) return outside
  const real = await realpath(root).catch(() => undefined)
  if (real === undefined) return { problem: 'does not exist or can not be read' }
  const realRoots = await Promise.all(allowedRoots.map((allowed) => realpath(allowed).catch(() => undefined)))
  if (!realRoots.some((allowed) => allowed !== undefined && isWithin(real, allowed))) return outside
  const isFolder = await stat(real).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? real : { problem: 'is not a folder' }
}

export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
