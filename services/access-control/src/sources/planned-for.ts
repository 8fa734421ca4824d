import { prepared } from '@tessera/shared/database/prepared'
import { type RawBuilder, sql } from 'kysely'

/** From here on a plan pays for itself. */
const MANY = 20

/**
 * To begin a statement about so many documents with. One about few is planned once per connection. One about many is planned each time: a plan that was made
 * while the tables were small reads them whole for each document, until they are analysed; an import of 20,000 was ten times slower by that.
 */
export const plannedFor = (documents: number): RawBuilder<unknown> => (documents < MANY ? prepared : sql``)
