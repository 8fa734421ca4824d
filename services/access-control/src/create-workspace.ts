import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { DatabaseEnvironment, schema } from './config.ts'
import type { AccessTables, JoinAs } from './database.ts'
import { createWorkspace } from './workspaces/create-workspace.ts'

const usage = `Makes a workspace, its identity provider and its first admin. Works once per provider. Needs DATABASE_URL.

  node src/create-workspace.ts --title <title> --issuer <url> --audience <audience> (--jwks-url <url> | --jwks-file <path>)
    --admin-subject <sub claim of the admin> [--admin-name <name>]
    (--second-admin-subject <sub claim> [--second-admin-name <name>] | --one-admin) [--join-as pending|guest|member]

With two admins, a change that widens what somebody may read takes both. With --one-admin it takes one, until that is switched on.`

const { values } = parseArgs({
  options: {
    title: { type: 'string' },
    issuer: { type: 'string' },
    audience: { type: 'string' },
    'jwks-url': { type: 'string' },
    'jwks-file': { type: 'string' },
    'admin-subject': { type: 'string' },
    'admin-name': { type: 'string' },
    'second-admin-subject': { type: 'string' },
    'second-admin-name': { type: 'string' },
    'one-admin': { type: 'boolean', default: false },
    'join-as': { type: 'string', default: 'pending' },
  },
})
const joinAs = (['pending', 'guest', 'member'] satisfies JoinAs[]).find((name) => name === values['join-as'])
const {
  title,
  issuer,
  audience,
  'admin-subject': subject,
  'second-admin-subject': second,
  'one-admin': oneAdmin,
} = values
if (!title || !issuer || !audience || !subject || !joinAs || (second === undefined) !== oneAdmin) {
  console.error(usage)
  process.exit(2)
}

const { DATABASE_URL } = loadConfig(DatabaseEnvironment, process.env)
const db = createDatabase<AccessTables>({ url: DATABASE_URL, schema })
try {
  const file = values['jwks-file']
  const jwks: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'))
  const made = await createWorkspace(db, {
    title,
    provider: { issuer, audience, jwksUrl: values['jwks-url'], jwks, joinAs },
    admin: { subject, displayName: values['admin-name'] },
    twoAdmins: !oneAdmin,
    secondAdmin: second === undefined ? undefined : { subject: second, displayName: values['second-admin-name'] },
  })
  if (made.ok) console.log(JSON.stringify(made.value, null, 2))
  else console.error(made.fault.detail)
  process.exitCode = made.ok ? 0 : 1
} finally {
  await db.destroy()
}
