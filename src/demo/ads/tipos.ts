/** Un anuncio de la demo. Sus cifras de cada día salen de estos números, de la fecha y de nada más. */
export interface AnuncioDemo {
  /** Como los de Meta: sólo dígitos. */
  id: string;
  nombre: string;
  /** Archivo de `public/images/demo`, sin extensión; null = Meta aún no da miniatura. */
  miniatura: string | null;
  /** Lo que se lee bajo la imagen, y que llega con el mensaje de quien lo toca. */
  titular: string;
  /** Parte del presupuesto de su campaña, 0 a 1. */
  parte: number;
  /** Parte de lo suyo que sale en Instagram, 0 a 1. */
  instagram: number;
  /** Clics por impresión. */
  ctr: number;
  /** Conversaciones por clic. */
  conversion: number;
  /** Días de la semana en que sale (0 = lunes); todos si falta. */
  dias?: readonly number[];
  /** Alguien lo pausó hace tantos días. */
  pausadoHace?: number;
  /** Lo que le contesta Nora a quien llega por él. */
  llegada?: { pregunta: string[]; respuesta: string; fuentes: string[]; sigue: string[]; etiqueta?: string };
}

export interface ConjuntoDemo {
  id: string;
  nombre: string;
  anuncios: AnuncioDemo[];
}

export interface CampanaDemo {
  id: string;
  nombre: string;
  objetivo: string;
  /** Pesos al día. */
  diario: number;
  /** Entre qué días del año corre, `MM-DD`; siempre si falta. Fuera de temporada está en pausa. */
  temporada?: { desde: string; hasta: string };
  conjuntos: ConjuntoDemo[];
}

export interface AdsDemo {
  act: string;
  nombre: string;
  moneda: string;
  zona: string;
  /** Cuánto se vende cada mes respecto de uno normal, enero primero. */
  meses: readonly number[];
  /** Y cada día de la semana, lunes primero. */
  semana: readonly number[];
  /** Costo de mil impresiones en pesos. */
  cpm: { facebook: number; instagram: number };
  campanas: CampanaDemo[];
  /** Quién cierra las ventas, y los nombres y la serie de números de las personas que llegan. */
  atiende: string;
  nombres: readonly string[];
  lada: string;
  receptores: {
    nombre: string;
    quien: 'cliente' | 'cliente_final' | 'persona';
    destino: string;
    cadencias: string[];
    idioma: 'es' | 'en';
  }[];
  /** Cambios que alguien hizo antes de hoy. `correo` null: se hizo en Meta. */
  cambios: {
    dias: number;
    correo: string | null;
    nivel: 'campanas' | 'conjuntos' | 'anuncios';
    id: string;
    campo: 'estado' | 'presupuesto_diario';
    antes: string | number;
    despues: string | number;
  }[];
}
