import { chown, mkdir } from 'node:fs/promises'
import { run } from './run.ts'

/** The user whom servers run as: PostgreSQL and Elasticsearch refuse root, so root lends them `nobody`; everybody else runs them as themselves. */
export async function serverUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const uid = Number((await run('id', ['-u', 'nobody'])).trim())
  const gid = Number((await run('id', ['-g', 'nobody'])).trim())
  return { uid, gid }
}

/** A directory that only the servers' user (and root) can read. */
export async function serverDirectory(path: string): Promise<string> {
  const { uid, gid } = await serverUser()
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  return path
}
