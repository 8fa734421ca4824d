import { migrate } from '@tessera/shared/database/migrate'
import type { Migration } from 'kysely/migration'
import type { RetrievalDatabase } from './database.ts'
import { up as firstTables } from './migrations/2026-11-23-first-tables.ts'
import { up as variants } from './migrations/2026-11-24-variants.ts'
import { up as attachments } from './migrations/2026-11-30-attachments.ts'
import { up as positions } from './migrations/2026-11-30-positions.ts'
import { up as vectors } from './migrations/2026-12-01-vectors.ts'
import { up as whoAndWhatKind } from './migrations/2026-12-02-who-and-what-kind.ts'
import { up as attachedFiles } from './migrations/2026-12-03-attached-files.ts'
import { up as indexesBesideEachOther } from './migrations/2026-12-03-indexes-beside-each-other.ts'

/** Every migration of the schema, by name. Append only: what has landed is never edited. */
const migrations: Record<string, Migration> = {
  '2026-11-23-first-tables': { up: firstTables },
  '2026-11-24-variants': { up: variants },
  '2026-11-30-positions': { up: positions },
  '2026-11-30-attachments': { up: attachments },
  '2026-12-01-vectors': { up: vectors },
  '2026-12-02-who-and-what-kind': { up: whoAndWhatKind },
  '2026-12-03-attached-files': { up: attachedFiles },
  '2026-12-03-indexes-beside-each-other': { up: indexesBesideEachOther },
}

/** Brings the schema up to date. Returns the names of the migrations that it applied. */
export const migrateRetrieval = (db: RetrievalDatabase, schema: string) => migrate(db, schema, migrations)
