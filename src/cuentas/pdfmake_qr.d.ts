declare module 'pdfmake/js/qrEnc.js' {
  // CommonJS compilado: lo exportado queda un nivel adentro.
  const codificador: { default: { measure(nodo: object): object } };
  export default codificador;
}
