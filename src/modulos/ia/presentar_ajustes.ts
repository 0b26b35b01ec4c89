import { DIAS, type Dia, describirHorario, leerHorario } from '../../ia/horario.ts';
import type { Ajustes } from './consultas.ts';
import type { Entorno } from './presentar.ts';
import { dolares } from './presentar_costos.ts';

export const NOMBRE_DIA: Record<Dia, string> = {
  lun: 'Lunes',
  mar: 'Martes',
  mie: 'Miércoles',
  jue: 'Jueves',
  vie: 'Viernes',
  sab: 'Sábado',
  dom: 'Domingo',
};

/** Valores del formulario de ajustes como los escribe una persona. */
export function valoresAjustes(a: Ajustes) {
  return {
    personalidad: a.personalidad ?? '',
    instrucciones: a.instrucciones ?? '',
    modo_respuesta: a.modo_respuesta,
    modelo_ia: a.modelo_ia ?? '',
    palabras_pase: a.palabras_pase.join(', '),
    mensaje_fuera_de_tema: a.mensaje_fuera_de_tema ?? '',
    reanudar_ia_horas: String(a.reanudar_ia_horas),
    huella: a.huella,
  };
}

/** El horario como renglones de formulario. */
export function valoresHorario(horario: unknown, errores: Record<string, string> = {}) {
  const leido = leerHorario(horario);
  return {
    definido: leido !== null,
    descripcion: describirHorario(horario),
    dias: DIAS.map((dia) => ({
      dia,
      nombre: NOMBRE_DIA[dia],
      error: errores[dia] ?? '',
      tramos: [0, 1].map((n) => {
        const [abre = '', cierra = ''] = leido?.[dia]?.[n] ?? [];
        return { abre, cierra };
      }),
    })),
  };
}

/** Lo mismo a partir de lo que se escribió, cuando no se pudo guardar. */
export function horarioEscrito(campos: Record<string, string>, errores: Record<string, string>) {
  const vacio = valoresHorario({}, errores);
  return {
    ...vacio,
    definido: campos['definido'] === 'si',
    dias: vacio.dias.map((d) => ({
      ...d,
      tramos: [1, 2].map((n) => ({
        abre: campos[`${d.dia}_${n}_abre`] ?? '',
        cierra: campos[`${d.dia}_${n}_cierra`] ?? '',
      })),
    })),
  };
}

/** Los modelos que se pueden elegir, con su precio. */
export function opcionesModelo(e: Entorno, elegido: string) {
  const nombres = new Set([...Object.keys(e.precios), ...(elegido ? [elegido] : [])]);
  return [...nombres].map((nombre) => {
    const precio = e.precios[nombre];
    return {
      nombre,
      texto: precio ? `${nombre} · ${dolares(precio.entrada)} / ${dolares(precio.salida)}` : nombre,
    };
  });
}
