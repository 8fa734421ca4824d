import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { RotationEnvironment, schema } from './config.ts'
import type { AccessTables } from './database.ts'
import { readSigningKey } from './log/keys.ts'
import { rotateKey } from './log/rotate-key.ts'

// A command of its own: the service knows one key, and only whoever holds both can hand over.
const config = loadConfig(RotationEnvironment, process.env)
const oldKey = readSigningKey(config.AUDIT_SIGNING_KEY)
const newKey = readSigningKey(config.AUDIT_SIGNING_KEY_NEW)
const db = createDatabase<AccessTables>({ url: config.DATABASE_URL, schema })
try {
  const rotated = await rotateKey(db, oldKey, newKey)
  console.log(`${rotated.length} logs go on under key ${newKey.id}. Restart access-control with it. Its public key:`)
  console.log(newKey.publicKey)
} finally {
  await db.destroy()
}
