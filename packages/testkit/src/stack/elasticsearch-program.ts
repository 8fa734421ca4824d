import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installWithApt } from './apt.ts'
import { cached, exists } from './cache.ts'
import { javaHome } from './java.ts'
import { obtain, ServerMissing } from './missing.ts'
import { step } from './report.ts'
import { run, tryRun } from './run.ts'

export const ELASTICSEARCH_VERSION = '9.5.2'
const GROUP = 'org.elasticsearch.distribution.integ-test-zip'
const PLUGIN_SOURCES = fileURLToPath(new URL('../../elasticsearch-analysis', import.meta.url))

/** The unpacked distribution with our analysis plugin in it, and the Java to run it with. */
export type ElasticsearchProgram = { home: string; java: string }

/** Elasticsearch's small distribution, which Maven serves, plus the analyzers that it lacks (`elasticsearch-analysis/`). */
export async function elasticsearchProgram(): Promise<ElasticsearchProgram> {
  const java = await javaHome()
  return { home: await obtain('Elasticsearch', () => assemble(java)), java }
}

async function assemble(java: string): Promise<string> {
  const distribution = await cached(`elasticsearch-${ELASTICSEARCH_VERSION}`, async (into) =>
    unpack(await download(), into, java),
  )
  const plugin = await cached(`elasticsearch-analysis-${await pluginFingerprint()}`, (into) =>
    buildPlugin(distribution, into, java),
  )
  return cached(
    `elasticsearch-${ELASTICSEARCH_VERSION}-with-${(await pluginFingerprint()).slice(0, 8)}`,
    async (into) => {
      // Hard links: the distribution is 150 MB, and nothing writes into it.
      await run('cp', ['-al', `${distribution}/.`, into]).catch(() => cp(distribution, into, { recursive: true }))
      await cp(plugin, join(into, 'plugins/tessera-analysis'), { recursive: true })
    },
  )
}

async function download(): Promise<string> {
  const name = `elasticsearch-${ELASTICSEARCH_VERSION}.zip`
  const zip = join(homedir(), '.m2/repository', ...GROUP.split('.'), 'elasticsearch', ELASTICSEARCH_VERSION, name)
  if (await exists(zip)) return zip
  if ((await tryRun('mvn', ['--version'])) === undefined && !(await installWithApt('maven'))) {
    throw new ServerMissing('Elasticsearch: install Maven (mvn on PATH), run docker, or set TEST_ELASTICSEARCH_URL.')
  }
  return step(`fetching Elasticsearch ${ELASTICSEARCH_VERSION} with Maven (130 MB, once)`, async () => {
    const downloads = await cached(`elasticsearch-${ELASTICSEARCH_VERSION}-download`, async (into) => {
      const artifact = `${GROUP}:elasticsearch:${ELASTICSEARCH_VERSION}:zip`
      await run('mvn', ['-B', '-q', 'dependency:get', '-Dtransitive=false', `-Dartifact=${artifact}`])
      await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`])
    })
    return join(downloads, name)
  })
}

async function unpack(zip: string, into: string, java: string): Promise<void> {
  await step(`unpacking Elasticsearch ${ELASTICSEARCH_VERSION}`, async () => {
    await run(join(java, 'bin/jar'), ['xf', zip], { cwd: into })
    const inner = join(into, `elasticsearch-${ELASTICSEARCH_VERSION}`)
    for (const name of await readdir(inner)) await rename(join(inner, name), join(into, name))
    // `jar` keeps no file modes.
    await run('chmod', ['-R', 'a+rX', into])
    await run('chmod', ['-R', 'a+x', join(into, 'bin')])
  })
}

async function pluginFiles(): Promise<{ java: string[]; metadata: string[] }> {
  const names = (await readdir(PLUGIN_SOURCES, { recursive: true }))
    .map((name) => join(PLUGIN_SOURCES, name))
    .toSorted()
  return {
    java: names.filter((name) => name.endsWith('.java')),
    metadata: names.filter((name) => name.endsWith('.properties') || name.endsWith('.json')),
  }
}

/** Changes with the plugin's sources, so that an edited plugin is built anew. */
async function pluginFingerprint(): Promise<string> {
  const { java, metadata } = await pluginFiles()
  const hash = createHash('sha256').update(ELASTICSEARCH_VERSION)
  for (const file of [...java, ...metadata]) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

async function buildPlugin(distribution: string, into: string, java: string): Promise<void> {
  await step('building the analysis plugin', async () => {
    const library = join(distribution, 'lib')
    const jars = (await readdir(library)).filter((name) => /^(elasticsearch-plugin-a|lucene-).*\.jar$/.test(name))
    const classes = join(into, 'classes')
    await mkdir(classes)
    const classPath = jars.map((name) => join(library, name)).join(delimiter)
    const { java: sources, metadata } = await pluginFiles()
    await run(join(java, 'bin/javac'), ['--release', '21', '-cp', classPath, '-d', classes, ...sources])
    await run(join(java, 'bin/jar'), ['cf', join(into, 'tessera-analysis.jar'), '-C', classes, '.'])
    await run('rm', ['-r', classes])
    for (const file of metadata) await cp(file, join(into, file.slice(PLUGIN_SOURCES.length)))
  })
}
