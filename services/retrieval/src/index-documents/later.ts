/** Something that indexing needs is not there now; what was claimed is given back and tried again. */
export class Later extends Error {}
