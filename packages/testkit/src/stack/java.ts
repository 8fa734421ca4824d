import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { installWithApt } from './apt.ts'
import { exists } from './cache.ts'
import { ServerMissing } from './missing.ts'

/** Elasticsearch 9 needs at least this. */
const OLDEST = 21

/** The home of a Java development kit that Elasticsearch 9 runs on: from the environment, else from where systems put them, else Debian's. */
export async function javaHome(): Promise<string> {
  const found = (await newestJava()) ?? ((await installJava()) ? await newestJava() : undefined)
  if (found !== undefined) return found
  throw new ServerMissing(
    `Elasticsearch: no Java development kit ${OLDEST} or newer found. Install one (e.g. Temurin ${OLDEST}) and set JAVA_HOME, run docker, or set TEST_ELASTICSEARCH_URL.`,
  )
}

async function installJava(): Promise<boolean> {
  return (await installWithApt('openjdk-25-jdk-headless')) || (await installWithApt('openjdk-21-jdk-headless'))
}

async function newestJava(): Promise<string | undefined> {
  const homes = [process.env['ES_JAVA_HOME'], process.env['JAVA_HOME'], ...(await usualHomes())]
  const kits: { home: string; version: number }[] = []
  for (const home of homes) {
    if (home === undefined || home === '') continue
    const version = await javaVersion(home)
    if (version >= OLDEST) kits.push({ home, version })
  }
  return kits[0]?.home
}

async function usualHomes(): Promise<string[]> {
  const parents = [
    '/usr/lib/jvm',
    '/usr/java',
    '/opt',
    '/opt/java',
    join(homedir(), '.sdkman/candidates/java'),
    join(homedir(), '.jdks'),
  ]
  const homes = await Promise.all(parents.map(async (parent) => (await list(parent)).map((name) => join(parent, name))))
  const mac = '/Library/Java/JavaVirtualMachines'
  const macHomes = (await list(mac)).map((name) => join(mac, name, 'Contents/Home'))
  return [...homes.flat(), ...macHomes]
}

async function list(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [])
}

/** The major version that a kit's `release` file states; 0 for what is no kit (a runtime without a compiler, too). */
async function javaVersion(home: string): Promise<number> {
  if (!(await exists(join(home, 'bin/javac')))) return 0
  const release = await readFile(join(home, 'release'), 'utf8').catch(() => '')
  return Number(/JAVA_VERSION="(\d+)/.exec(release)?.[1] ?? 0)
}
