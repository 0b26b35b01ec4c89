import type { NoraPeticion, UsuarioSesion } from '../../web/tipos_express.ts';
import { formatosDe } from '../../ads/formatos.ts';
import { razonTwilio } from '../../integraciones/twilio_codigos.ts';
import { cuantos, fecha, hace, numero, saludo, telefono } from '../../web/fechas.ts';
import type { Inicio, Pendiente } from './consultas.ts';
import type { Estados } from './estados.ts';
import { dibujarDias, type Grafica } from './grafica.ts';
import { type Aviso, avisosMeta, type Luz, presentarLuces, sinPunto } from './presentar_servicios.ts';

export interface Losa {
  clave: string;
  titulo: string;
  icono: string;
  cifra: string;
  pie: string;
  /** null: el módulo está activo pero su página todavía no existe. */
  ruta: string | null;
}

export interface Paso {
  hecho: boolean;
  titulo: string;
  texto: string;
  accion: { texto: string; ruta: string } | null;
}

/** Lo que recibe `views/panel_cliente/inicio/index.ejs`, además de lo de toda vista del panel. */
export interface VistaInicio {
  saludo: string;
  resumen: string;
  chat: string | null;
  luces: Luz[];
  losas: Losa[];
  grafica: Grafica;
  avisos: Aviso[];
  /** Vacío cuando ya se completaron todos. */
  pasos: Paso[];
  pasosHechos: number;
  cuenta: {
    datos: { nombre: string; valor: string }[];
    modulos: { titulo: string; icono: string; ruta: string | null }[];
    miembros: { nombre: string; correo: string; rol: string }[];
  };
  /** Números del menú, por clave de módulo. */
  cuentas: Record<string, number>;
}

export interface DatosInicio {
  inicio: Inicio;
  estados: Estados;
  nora: Pick<NoraPeticion, 'nombre_nora' | 'zona_horaria' | 'modulos'>;
  usuario: Pick<UsuarioSesion, 'nombre' | 'rol'>;
  /** Claves de los módulos con código. */
  conPagina: ReadonlySet<string>;
  produccion: boolean;
  ahora: Date;
}

/** La página de un módulo si esta nora lo tiene y ya existe; los demás se anuncian sin enlace. */
type Rutas = (clave: string) => string | null;

/** Hasta aquí cuenta contactos `panel_inicio`. */
const TOPE_CONTADOS = 10_000;

/** Convierte lo leído en lo que se dibuja: textos, cifras y enlaces ya decididos. */
export function presentarInicio(d: DatosInicio): VistaInicio {
  const { inicio, nora, usuario, conPagina, ahora } = d;
  const base = `/panel_cliente/${nora.nombre_nora}`;
  const ruta: Rutas = (clave) =>
    nora.modulos.has(clave) && conPagina.has(clave) ? `${base}/${clave}` : null;
  // El gasto es de dueños: quien no entra al módulo tampoco ve su cifra.
  const losas = LOSAS.filter(
    (losa) => nora.modulos.has(losa.clave) && (losa.clave !== 'ads' || ruta('ads')),
  ).map((losa) => ({
    clave: losa.clave,
    titulo: losa.titulo,
    icono: losa.icono,
    ruta: ruta(losa.clave),
    ...losa.cifra(inicio),
  }));
  const pasos = presentarPasos(d, ruta);
  const faltan = pasos.some((paso) => !paso.hecho);
  return {
    saludo: `${saludo(nora.zona_horaria, ahora)}, ${primerNombre(usuario.nombre)}`,
    resumen: resumir(inicio),
    chat: ruta('chat'),
    luces: presentarLuces(d, ruta('ads')),
    losas,
    grafica: dibujarDias(inicio.dias ?? []),
    avisos: [
      ...avisosMeta(inicio.ads, ruta('ads'), ahora),
      ...inicio.pendientes.map((p) => presentarPendiente(p, ruta, ahora)),
    ],
    pasos: faltan ? pasos : [],
    pasosHechos: pasos.filter((paso) => paso.hecho).length,
    cuenta: presentarCuenta(d, losas),
    cuentas: { chat: inicio.cifras.sin_leer },
  };
}

const LOSAS: readonly {
  clave: string;
  titulo: string;
  icono: string;
  cifra: (inicio: Inicio) => { cifra: string; pie: string };
}[] = [
  {
    clave: 'chat',
    titulo: 'Chat',
    icono: 'message-circle',
    cifra: ({ cifras }) => ({
      cifra: numero(cifras.sin_leer),
      pie: `sin leer · ${cifras.esperan === 0 ? 'nadie espera' : cuantos(cifras.esperan, 'espera a una persona', 'esperan a una persona')}`,
    }),
  },
  {
    clave: 'contactos',
    titulo: 'Contactos',
    icono: 'users',
    cifra: ({ cifras }) => ({
      cifra: cifras.contactos > TOPE_CONTADOS ? `más de ${numero(TOPE_CONTADOS)}` : numero(cifras.contactos),
      pie: `${cifras.nuevos_hoy === 0 ? 'ninguno nuevo hoy' : cuantos(cifras.nuevos_hoy, 'nuevo hoy', 'nuevos hoy')}${cifras.segmentos ? ` · ${cuantos(cifras.segmentos, 'segmento', 'segmentos')}` : ''}`,
    }),
  },
  {
    clave: 'conocimiento',
    titulo: 'Conocimiento',
    icono: 'book-open',
    cifra: ({ cifras }) => ({
      cifra: numero(cifras.bloques),
      pie: `${cifras.bloques === 1 ? 'bloque' : 'bloques'}${cifras.sin_respuesta > 0 ? ` · ${cuantos(cifras.sin_respuesta, 'pregunta sin respuesta', 'preguntas sin respuesta')}` : ''}`,
    }),
  },
  {
    clave: 'ia',
    titulo: 'IA',
    icono: 'sparkles',
    cifra: ({ cifras }) =>
      cifras.ia_con_fuente_pct === null
        ? { cifra: '0', pie: 'respuestas esta semana' }
        : { cifra: `${numero(cifras.ia_con_fuente_pct)} %`, pie: 'de las respuestas, con fuente' },
  },
  {
    clave: 'respuestas',
    titulo: 'Respuestas',
    icono: 'zap',
    cifra: ({ cifras }) => ({
      cifra: numero(cifras.reglas),
      pie: `${cifras.reglas === 1 ? 'regla' : 'reglas'}${cifras.usos_reglas ? ` · ${cuantos(cifras.usos_reglas, 'uso', 'usos')}` : ''}`,
    }),
  },
  {
    clave: 'etiquetas',
    titulo: 'Etiquetas',
    icono: 'tag',
    cifra: ({ cifras }) => ({ cifra: numero(cifras.etiquetas), pie: 'para ordenar tus contactos' }),
  },
  {
    clave: 'ads',
    titulo: 'Anuncios',
    icono: 'megaphone',
    cifra({ ads }) {
      const [primero, ...otras] = ads?.gasto ?? [];
      if (!primero) return { cifra: '0', pie: 'cuentas conectadas' };
      return {
        cifra: formatosDe('es', primero.moneda).dinero(primero.gasto),
        pie: `gasto de 7 días${otras.length ? `, y ${otras.map((o) => formatosDe('es', o.moneda).dinero(o.gasto)).join(', ')}` : ''}${ads?.demo ? ' · demostración' : ''}`,
      };
    },
  },
];

/** Módulos del paquete que todavía no cuentan nada: sólo se nombran en la cuenta. */
const OTROS_TITULOS: Readonly<Record<string, { titulo: string; icono: string }>> = {
  envios: { titulo: 'Envíos', icono: 'send' },
  estadisticas: { titulo: 'Estadísticas', icono: 'chart-column' },
  tareas: { titulo: 'Tareas', icono: 'list-checks' },
};

function resumir({ nora, cifras }: Inicio): string {
  const { recibidos_hoy: recibidos, respondidos_hoy: respondidos, esperan } = cifras;
  const hoy =
    recibidos === 0
      ? `Hoy no ha llegado ningún mensaje a ${nora.nombre_visible}.`
      : `Hoy ${recibidos === 1 ? 'llegó' : 'llegaron'} ${cuantos(recibidos, 'mensaje', 'mensajes')} y ${nora.nombre_visible} contestó ${respondidos === 0 ? 'ninguno' : numero(respondidos)}.`;
  if (esperan === 0) return hoy;
  if (esperan === 1) return `${hoy} Una persona espera que alguien del equipo le escriba.`;
  return `${hoy} ${enPalabra(esperan)} personas esperan que alguien del equipo les escriba.`;
}

function presentarPendiente(p: Pendiente, ruta: Rutas, ahora: Date): Aviso {
  const nombre = p.nombre || telefono(p.telefono) || 'Alguien';
  const chat = ruta('chat');
  const suChat = chat && p.contacto_id ? `${chat}/${p.contacto_id}` : chat;
  // Que «hace 5 min» no se parta entre dos renglones.
  const desde = hace(p.desde, ahora).replaceAll(' ', '\u00a0');
  const comun = { tipo: p.tipo, nombre, clave: p.contacto_id ?? nombre };
  if (p.tipo === 'espera')
    return {
      ...comun,
      icono: null,
      titulo: nombre,
      detalle: `${p.texto ? `${recortar(p.texto)} · ` : ''}espera desde ${desde}`,
      accion: suChat ? { texto: 'Atender', ruta: suChat } : null,
    };
  if (p.tipo === 'fallido')
    return {
      ...comun,
      icono: 'triangle-alert',
      titulo: `No le llegó tu mensaje a ${nombre}`,
      detalle: `${sinPunto(razonDe(p))} · ${desde}`,
      accion: suChat ? { texto: 'Ver', ruta: suChat } : null,
    };
  const conocimiento = ruta('conocimiento');
  return {
    ...comun,
    icono: 'message-circle-question-mark',
    titulo: p.texto ?? 'Pregunta sin respuesta',
    detalle:
      (p.n ?? 1) === 1
        ? `la preguntaron ${desde} y Nora no supo contestar`
        : `la preguntaron ${numero(p.n ?? 1)} veces y Nora no supo contestar`,
    accion: conocimiento ? { texto: 'Enseñar', ruta: conocimiento } : null,
  };
}

function razonDe(p: Pendiente): string {
  if (p.texto) return p.texto;
  const codigo = Number(p.codigo);
  return codigo ? razonTwilio(codigo).motivo : 'no se sabe la razón';
}

function presentarPasos({ inicio, usuario, nora, produccion }: DatosInicio, ruta: Rutas): Paso[] {
  const admin = usuario.rol === 'admin';
  const entrada = (clave: string, texto: string): Paso['accion'] => {
    const destino = ruta(clave);
    return destino ? { texto, ruta: destino } : null;
  };
  const { bloques } = inicio.cifras;
  return [
    {
      hecho: inicio.nora.numero_nora !== null,
      titulo: 'Conecta tu número de WhatsApp',
      texto: admin ? 'Se pone desde Administración.' : 'Lo hace quien administra tu cuenta.',
      accion: admin ? { texto: 'Ponerlo', ruta: `/admin?q=${encodeURIComponent(nora.nombre_nora)}` } : null,
    },
    {
      hecho: inicio.nora.personalidad_lista,
      titulo: 'Dale personalidad',
      texto: 'Cómo saluda, cómo habla y qué no debe decir.',
      accion: entrada('ia', 'Escribirla'),
    },
    {
      hecho: bloques >= 3,
      titulo: 'Enséñale tres cosas de tu negocio',
      texto:
        bloques >= 3
          ? 'Precios, horarios, dirección…'
          : `Llevas ${bloques} de 3: precios, horarios, dirección…`,
      accion: entrada('conocimiento', 'Enseñarle'),
    },
    {
      hecho: inicio.mensaje_prueba,
      titulo: 'Mándale un mensaje de prueba',
      texto: produccion ? 'Escríbele desde tu teléfono.' : 'Desde tu teléfono o con el simulador.',
      accion: produccion ? null : { texto: 'Abrir el simulador', ruta: '/simulador' },
    },
  ];
}

function presentarCuenta({ inicio, nora }: DatosInicio, losas: readonly Losa[]): VistaInicio['cuenta'] {
  const { nora: datos, miembros } = inicio;
  return {
    datos: [
      { nombre: 'Nombre', valor: datos.nombre_visible },
      { nombre: 'Número de WhatsApp', valor: telefono(datos.numero_nora) || 'Sin conectar' },
      { nombre: 'Identificador', valor: nora.nombre_nora },
      {
        nombre: 'Cómo contesta',
        valor:
          datos.modo_respuesta === 'estricto'
            ? 'Sólo con lo que le enseñaste'
            : 'Con tu conocimiento y criterio',
      },
      { nombre: 'Zona horaria', valor: nora.zona_horaria.replace('America/', '').replaceAll('_', ' ') },
      ...(datos.created_at ? [{ nombre: 'Desde', valor: fecha(datos.created_at, nora.zona_horaria) }] : []),
    ],
    modulos: [
      ...losas.map(({ titulo, icono, ruta }) => ({ titulo, icono, ruta })),
      ...Object.entries(OTROS_TITULOS)
        .filter(([clave]) => nora.modulos.has(clave))
        .map(([, modulo]) => ({ ...modulo, ruta: null })),
    ],
    miembros: miembros.map((m) => ({ ...m, rol: m.rol === 'dueno' ? 'Responsable' : 'Equipo' })),
  };
}

const PALABRAS = ['Cero', 'Una', 'Dos', 'Tres', 'Cuatro', 'Cinco', 'Seis', 'Siete', 'Ocho', 'Nueve'];

function enPalabra(n: number): string {
  return PALABRAS[n] ?? numero(n);
}

function primerNombre(nombre: string): string {
  return nombre.trim().split(/\s+/)[0] ?? nombre;
}

function recortar(texto: string, largo = 90): string {
  const limpio = texto.replace(/\s+/g, ' ').trim();
  return limpio.length <= largo ? limpio : `${limpio.slice(0, largo - 1).trimEnd()}…`;
}
