// What the bundler makes of files that are not TypeScript.
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
declare module '*.css';
/** The address of the file in the built client. */
declare module '*?url' {
  const address: string;
  export default address;
}
