import type { Logger } from 'pino';
import type { BaseDeDatos } from '../datos/base_de_datos.ts';
import { describirError } from '../errores.ts';

/** Lo que el registro guarda de cada nora: banderas y nombres, nunca textos largos ni secretos. */
export interface NoraRegistrada {
  readonly nombre_nora: string;
  readonly nombre_visible: string;
  readonly numero_nora: string | null;
  readonly activo: boolean;
  readonly ia_activa: boolean;
  readonly zona_horaria: string;
  readonly foto_perfil: string | null;
  /** Tiene su propia cuenta de Twilio. */
  readonly credenciales_propias: boolean;
  /** Claves de los módulos activos. */
  readonly modulos: ReadonlySet<string>;
}

export interface RegistroDinamico {
  /** Se suscribe a los cambios y carga todas las noras. Rechaza si la base no está. */
  iniciar(): Promise<void>;
  /** La nora, activa o suspendida; null si no existe. */
  obtener(nombre_nora: string): NoraRegistrada | null;
  buscarPorNumero(numero: string): NoraRegistrada | null;
  noras(): IterableIterator<NoraRegistrada>;
  /** La única puerta de los módulos (páginas, sockets, trabajos, mensajes): nora activa y módulo activo. */
  moduloActivo(nombre_nora: string, clave: string): boolean;
  /** Vuelve a leer una nora; quien acaba de escribir la ve sin esperar el aviso. */
  refrescar(nombre_nora: string): Promise<void>;
  /** Vuelve a leer todas. */
  resincronizar(): Promise<void>;
  /** Avisa con el nombre de la nora que cambió, o null cuando pudo cambiar cualquiera. */
  alCambiar(fn: (nombre_nora: string | null) => void): () => void;
  estado(): { cargado: boolean; noras: number; ultima_carga: string | null; pendientes: number };
  cerrar(): Promise<void>;
}

interface FilaRegistro {
  nombre_nora: string;
  nombre_visible: string | null;
  numero_nora: string | null;
  activo: boolean;
  ia_activa: boolean;
  zona_horaria: string;
  foto_perfil: string | null;
  credenciales_propias: boolean | null;
  modulos: string[] | null;
}

export interface OpcionesRegistro {
  /** Noras por página, hasta 10,000 (el tope de `cargar_registro`); acota cada respuesta de la base. */
  pagina?: number;
  /** Con más cambios pendientes que éstos sale más barato volver a leer todo. */
  cambiosParaRecargar?: number;
  /** Espera antes de reintentar una lectura que falló. */
  reintentoMs?: number;
}

const CANAL = 'registro';

/**
 * Mapa en memoria de todas las noras. La base avisa por LISTEN `registro` con el nombre que cambió;
 * al recuperar la conexión perdida se vuelve a leer todo, porque los avisos de en medio no llegan.
 */
export function crearRegistroDinamico(
  ctx: { bd: Pick<BaseDeDatos, 'servicio' | 'escuchar'>; log: Pick<Logger, 'warn' | 'info'> },
  opciones: OpcionesRegistro = {},
): RegistroDinamico {
  const { pagina = 10_000, cambiosParaRecargar = 50, reintentoMs = 1000 } = opciones;
  let mapa = new Map<string, NoraRegistrada>();
  let porNumero = new Map<string, string>();
  let ultimaCarga: Date | null = null;
  let dejarDeEscuchar: (() => void | Promise<void>) | null = null;
  let cerrado = false;
  let todoPendiente = false;
  let trabajando: Promise<void> | null = null;
  let reintento: NodeJS.Timeout | null = null;
  const pendientes = new Set<string>();
  const oyentes = new Set<(nombre: string | null) => void>();
  const conjuntos = new Map<string, ReadonlySet<string>>();
  // Una lectura de una sola nora que empezó antes que otra no debe pisar a la más nueva.
  const turnos = new Map<string, number>();
  let turno = 0;

  async function iniciar(): Promise<void> {
    // Primero escuchar y después leer: al revés se pierde lo que cambie entre las dos cosas.
    dejarDeEscuchar ??= await ctx.bd.escuchar(CANAL, recibirAviso);
    await leerTodo();
  }

  function recibirAviso(carga: string): void {
    if (carga === 'resincronizar' || carga === '') todoPendiente = true;
    else pendientes.add(carga);
    void atender();
  }

  /** Atiende los avisos juntos y de a uno: una ráfaga de mil cambios cuesta una relectura. */
  function atender(): Promise<void> {
    trabajando ??= vaciar().finally(() => {
      trabajando = null;
      if ((todoPendiente || pendientes.size > 0) && !reintento && !cerrado) void atender();
    });
    return trabajando;
  }

  async function vaciar(): Promise<void> {
    try {
      while (!cerrado && (todoPendiente || pendientes.size > 0)) {
        if (todoPendiente || pendientes.size > cambiosParaRecargar) await leerTodo();
        else await leerPendientes();
      }
    } catch (error) {
      if (cerrado) return;
      ctx.log.warn(
        { falla: describirError(error) },
        'el registro de noras no pudo refrescarse; se reintenta',
      );
      todoPendiente = true;
      reintento ??= setTimeout(() => {
        reintento = null;
        void atender();
      }, reintentoMs);
      reintento.unref();
    }
  }

  async function leerPendientes(): Promise<void> {
    const nombres = [...pendientes];
    pendientes.clear();
    for (const nombre of nombres) await leerUna(nombre);
  }

  async function leerTodo(): Promise<void> {
    todoPendiente = false;
    pendientes.clear();
    const inicioTurno = ++turno;
    const nuevo = new Map<string, NoraRegistrada>();
    let desde = '';
    for (;;) {
      const { data } = await ctx.bd.servicio
        .rpc('cargar_registro', { p_desde: desde, p_n: pagina })
        .throwOnError();
      const filas = (data ?? []) as unknown as FilaRegistro[];
      for (const fila of filas) nuevo.set(fila.nombre_nora, presentar(fila));
      const ultima = filas.at(-1);
      if (!ultima || filas.length < pagina) break;
      desde = ultima.nombre_nora;
    }
    conservarMasNuevas(nuevo, inicioTurno);
    mapa = nuevo;
    porNumero = new Map();
    for (const nora of mapa.values()) if (nora.numero_nora) porNumero.set(nora.numero_nora, nora.nombre_nora);
    ultimaCarga = new Date();
    avisar(null);
  }

  /** Lo que se leyó suelto mientras corría la carga completa es más reciente que ella. */
  function conservarMasNuevas(nuevo: Map<string, NoraRegistrada>, inicioTurno: number): void {
    for (const [nombre, cuando] of turnos) {
      if (cuando <= inicioTurno) continue;
      const actual = mapa.get(nombre);
      if (actual) nuevo.set(nombre, actual);
      else nuevo.delete(nombre);
    }
    turnos.clear();
  }

  async function leerUna(nombre: string): Promise<void> {
    const miTurno = ++turno;
    const { data } = await ctx.bd.servicio.rpc('cargar_nora', { p_nora: nombre }).throwOnError();
    if ((turnos.get(nombre) ?? 0) > miTurno) return;
    turnos.set(nombre, miTurno);
    const fila = (Array.isArray(data) ? data[0] : data) as unknown as FilaRegistro | null | undefined;
    const anterior = mapa.get(nombre);
    if (anterior?.numero_nora && porNumero.get(anterior.numero_nora) === nombre)
      porNumero.delete(anterior.numero_nora);
    if (fila?.nombre_nora) {
      const nora = presentar(fila);
      mapa.set(nombre, nora);
      if (nora.numero_nora) porNumero.set(nora.numero_nora, nombre);
    } else {
      mapa.delete(nombre);
    }
    avisar(nombre);
  }

  function presentar(fila: FilaRegistro): NoraRegistrada {
    return {
      nombre_nora: fila.nombre_nora,
      nombre_visible: fila.nombre_visible || fila.nombre_nora,
      numero_nora: fila.numero_nora,
      activo: fila.activo,
      ia_activa: fila.ia_activa,
      zona_horaria: fila.zona_horaria,
      foto_perfil: fila.foto_perfil,
      credenciales_propias: fila.credenciales_propias ?? false,
      modulos: conjuntoDe(fila.modulos ?? []),
    };
  }

  /** Miles de noras comparten las mismas combinaciones de módulos: un solo Set por combinación. */
  function conjuntoDe(claves: string[]): ReadonlySet<string> {
    const ordenadas = [...claves].sort();
    const llave = ordenadas.join(' ');
    let conjunto = conjuntos.get(llave);
    if (!conjunto) conjuntos.set(llave, (conjunto = new Set(ordenadas)));
    return conjunto;
  }

  function avisar(nombre: string | null): void {
    for (const fn of oyentes) fn(nombre);
  }

  function obtener(nombre: string): NoraRegistrada | null {
    return mapa.get(nombre) ?? null;
  }

  return {
    iniciar,
    obtener,
    buscarPorNumero(numero) {
      const nombre = porNumero.get(numero);
      return nombre === undefined ? null : obtener(nombre);
    },
    noras: () => mapa.values(),
    moduloActivo(nombre, clave) {
      const nora = mapa.get(nombre);
      return nora !== undefined && nora.activo && nora.modulos.has(clave);
    },
    refrescar: leerUna,
    resincronizar() {
      todoPendiente = true;
      return atender();
    },
    alCambiar(fn) {
      oyentes.add(fn);
      return () => oyentes.delete(fn);
    },
    estado: () => ({
      cargado: ultimaCarga !== null,
      noras: mapa.size,
      ultima_carga: ultimaCarga?.toISOString() ?? null,
      pendientes: pendientes.size + (todoPendiente ? 1 : 0),
    }),
    async cerrar() {
      cerrado = true;
      if (reintento) clearTimeout(reintento);
      await dejarDeEscuchar?.();
      await trabajando?.catch(() => undefined);
    },
  };
}
