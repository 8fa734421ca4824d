// What every entry script does first, without any dependency and on Node 20 as well: install what the lock file names, then go on with the Node of
// this repository.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from '../packages/testkit/src/stack/lock.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')
const stampFile = join(root, 'node_modules/.tessera-installed')
const OLDEST_NODE = 24
/** On Windows programs of npm are scripts, which only a shell starts. */
const shell = process.platform === 'win32'

/** The repository's tools come first on PATH. What Node compiles is kept: a process here loads hundreds of modules and starts a third faster so. */
function environment() {
  return {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compile'),
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  }
}

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockEntry */

/**
 * @param {string} file
 * @returns {Promise<Record<string, LockEntry> | undefined>}
 */
async function lockedPackages(file) {
  const text = await readFile(join(root, file), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text).packages
}

/**
 * Whether `node_modules` holds what the lock file names: either an entry script installed for this very lock file, or npm's own record, which it writes
 * as the last step, says so. Optional packages may be missing: they are for other platforms.
 */
async function isInstalled() {
  const present = await lockedPackages('node_modules/.package-lock.json')
  if (present === undefined) return false
  const stamp = await readFile(stampFile, 'utf8').catch(() => undefined)
  if (stamp === (await lockFingerprint())) return true
  const wanted = (await lockedPackages('package-lock.json')) ?? {}
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.includes('node_modules/') || optional) return true
    return link ? present[path]?.link === true : present[path]?.version === version
  })
}

async function lockFingerprint() {
  return createHash('sha256')
    .update(await readFile(join(root, 'package-lock.json')))
    .digest('hex')
}

/** Installs unless that is done already; of several processes at once only one does. */
export async function install() {
  if (await isInstalled()) return
  await withLock(join(root, '.cache/install.lock'), installNow, sayWaiting)
}

function sayWaiting() {
  process.stderr.write('tessera: another process is installing the packages, waiting for it\n')
}

async function installNow() {
  if (await isInstalled()) return
  process.stderr.write('tessera: installing packages …\n')
  const flags = ['--no-audit', '--no-fund', '--loglevel=error']
  // `npm ci` refuses a lock file that lacks another platform's optional packages. `npm install` then gets the same versions, with the lock file left
  // as it is; only if that fails, too, does anybody want to read what `npm ci` had to say.
  const { code, output } = await runQuietly('npm', ['ci', ...flags])
  if (code !== 0 && (await run('npm', ['install', '--no-save', ...flags])) !== 0) {
    throw new Error(`npm ci failed:\n${output}\nand npm install failed, see above`)
  }
  await writeFile(stampFile, await lockFingerprint())
}

/**
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function runQuietly(program, args) {
  const child = spawn(program, args, { env: environment(), shell, cwd: root })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** This repository's Node, or the one that runs this script where it is new enough. */
export function ownNode() {
  const own = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(own)) return own
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath
  throw new Error(
    `node_modules/.bin/node is missing (are install scripts allowed?) and Node ${process.versions.node} is older than ${OLDEST_NODE}`,
  )
}

/**
 * Runs a program in the foreground, passes signals on, and answers its exit code.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export function run(program, args) {
  const child = spawn(program, args, { env: environment(), shell, stdio: 'inherit', cwd: root })
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // A terminal sends Ctrl-C to every process in the foreground: passing it on would count as a second one.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of signals) process.on(signal, forward)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/**
 * Installs, then runs a TypeScript program of this repository with the arguments and the terminal of this process.
 * @param {string} program path from the root of the repository
 */
export async function start(program) {
  await install()
  process.exitCode = await run(ownNode(), [join(root, program), ...process.argv.slice(2)])
}
