import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@tessera/testkit/stack/run'
import { parseDocument, visit } from 'yaml'
import type { Variables } from './environment.ts'
import { composeLoader } from './tools.ts'

const root = join(import.meta.dirname, '..')

export type ComposeService = {
  image: string
  command?: string[]
  environment?: Variables
  depends_on?: Record<string, { condition: string; required: boolean }>
  healthcheck?: { test: string[] }
  networks?: Record<string, unknown>
  ports?: { target: number; host_ip?: string }[]
  volumes?: { type: string; source: string; target: string }[]
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  stop_grace_period?: string
}
export type ComposeFile = {
  services: Record<string, ComposeService>
  networks: Record<string, { internal?: boolean }>
}

/** docker-compose.yml as compose sees it with these variables: interpolated here, then loaded, merged and checked by compose's own library. */
export async function loadCompose(variables: Variables): Promise<ComposeFile> {
  const text = await readFile(join(root, 'docker-compose.yml'), 'utf8')
  const directory = await mkdtemp(join(tmpdir(), 'tessera-compose-'))
  try {
    const file = join(directory, 'docker-compose.yml')
    await writeFile(file, interpolate(text, variables))
    const loaded = await run(await composeLoader(), ['-format', 'json', file], { cwd: root })
    const compose = JSON.parse(loaded, (key, value: unknown) =>
      key === 'environment' ? texts(value) : value,
    ) as ComposeFile
    return compose
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** A process gets texts, whatever a value looks like in YAML. */
const texts = (environment: unknown): Variables =>
  Object.fromEntries(
    Object.entries(environment as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
  )

/** As compose does it: in the texts of the parsed file. Knows the forms that ours uses, `${NAME:?text}` and `${NAME:-default}`; `$$` is left for the loader. */
function interpolate(text: string, variables: Variables): string {
  const valueOf = (_: string, name: string, form: string, rest: string) => {
    const value = variables[name] || (form === '-' ? rest : undefined)
    if (value === undefined) throw new Error(`${name} is required`)
    return value
  }
  const document = parseDocument(text)
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replaceAll(/(?<!\$)\$\{(\w+):([?-])([^}]*)\}/g, valueOf)
      node.type = 'QUOTE_DOUBLE'
    },
  })
  return document.toString()
}
