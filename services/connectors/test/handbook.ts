/** A small tree with rules of every kind. */
export const accessFile = `version: 1
groups:
  all:
    members: [ana, ben]
    groups: [security]
  security:
    title: Security
    members: [chloe]
rules:
  - path: "**"
    allow: [all]
  - path: secret/**
    allow: [security]
  - path: secret/open.md
    allow: [all]
    deny: [security]
`

export const tree = {
  'access.yaml': accessFile,
  'index.md': '# Welcome\n\nTo all.\n',
  'page.html': '<h1>Page</h1><p>Text.</p>',
  'notes/plain.txt': 'Plain notes.',
  'secret/plan.md': '# Plan\n\nSecret.\n',
  'secret/open.md': '# Open\n\nFor all.\n',
}
