/** A name as PostgreSQL reads it inside double quotes. */
export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`
