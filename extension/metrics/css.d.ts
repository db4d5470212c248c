/** A sheet that the bundle has as text. */
declare module "*.css" {
  const text: string;
  export default text;
}
