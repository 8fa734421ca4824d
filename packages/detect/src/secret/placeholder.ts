const named =
  /^(?:(?:your|my|the|some|an?)[-_ ]|example|changeme|change-me|dummy|redacted|removed|hidden|none|null|undefined|true|false|todo|tbd|n\/a|user|username|pass(?:word|wd)?|pwd|passwort|secret|token|key|value|string)/i

/** Whether a value stands for one: a variable, a word for what belongs there, or stars in place of it. */
export const isPlaceholder = (value: string) =>
  /^[$%{<[(*]|^process\.|^os\.|^env\.|\(|^(.)\1+$|[*x•]{4}|\.{3}|…/i.test(value) || named.test(value)
