/** Mapa con tope: al llenarse olvida lo que lleva mas tiempo sin usarse. */
export class Lru<K, V> {
  readonly #mapa = new Map<K, V>();
  readonly #tope: number;

  constructor(tope: number) {
    this.#tope = tope;
  }

  get tamano(): number {
    return this.#mapa.size;
  }

  obtener(clave: K): V | undefined {
    const valor = this.#mapa.get(clave);
    if (valor === undefined) return undefined;
    this.#mapa.delete(clave);
    this.#mapa.set(clave, valor);
    return valor;
  }

  poner(clave: K, valor: V): void {
    this.#mapa.delete(clave);
    this.#mapa.set(clave, valor);
    if (this.#mapa.size <= this.#tope) return;
    const viejo = this.#mapa.keys().next();
    if (!viejo.done) this.#mapa.delete(viejo.value);
  }

  borrar(clave: K): void {
    this.#mapa.delete(clave);
  }

  vaciar(): void {
    this.#mapa.clear();
  }
}
