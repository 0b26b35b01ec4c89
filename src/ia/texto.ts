/** Minúsculas y sin acentos. La eñe pasa a `ny`: «uñas» no es «unas» y «año» no es «ano». */
export function normalizar(texto: string): string {
  return texto.toLowerCase().replaceAll('ñ', 'ny').normalize('NFD').replace(/\p{M}/gu, '');
}

/** Palabras y números de un texto ya normalizado; «1,100» es 1100, «3/8» y «7:30» quedan enteros. */
export function palabras(normal: string): string[] {
  return (normal.replace(/(\d),(?=\d{3}\b)/g, '$1').match(/\d+(?:[./:]\d+)*|[a-z]+|\d+[a-z]+/g) ?? []).map(
    (p) => p.replace(/^(\d+)\.0+$/, '$1'),
  );
}

/** Parte en oraciones sin cortar «Blvd. Morelos», «Dr. Noriega» ni «$6.50». */
export function oraciones(texto: string): string[] {
  return texto
    .split(/(?<=[.!?;\n])(?<!\b(?:Blvd|Dr|Dra|Av|Col|No|Núm|Sr|Sra|Lic|Ing|Ej|Tel)\.)\s+(?=\S)/u)
    .map((o) => o.trim())
    .filter(Boolean);
}

const TERMINACIONES = (
  'amientos imientos aciones iciones uciones amiento imiento adoras adores acion icion ucion ciones siones mente ' +
  'ariamos adora ador edor idor cion sion aremos eremos iremos abamos ieron iendo ando aron arme arte arse arlo arla arlos arlas erme irme ' +
  'amos emos imos itos itas aban aste iste ados adas idos idas ito ita ado ada ido ida aba ian ia ar er ir an en as os es a o e s'
).split(' ');

/**
 * Raíz aproximada de una palabra normalizada: junta plurales, conjugaciones y derivados
 * («facturan», «facturación», «factura» dan `factur`) y deshace diptongos («cuesta» y «costo» dan `cost`).
 */
export function raiz(palabra: string): string {
  if (palabra.length <= 3 || /\d/.test(palabra)) return palabra;
  const fin = TERMINACIONES.find((t) => palabra.endsWith(t) && palabra.length - t.length >= 3);
  const base = fin ? palabra.slice(0, -fin.length) : palabra;
  return base.replaceAll('ue', 'o').replaceAll('ie', 'e');
}

/** Cómo suena una palabra normalizada en México: «natasión» y «natación», «orario» y «horario» suenan igual. */
export function claveFonetica(palabra: string): string {
  return palabra
    .replaceAll('ny', 'n')
    .replaceAll('ch', '1')
    .replaceAll('h', '')
    .replaceAll('ll', 'y')
    .replaceAll('qu', 'k')
    .replaceAll('x', 's')
    .replace(/c(?=[ei])/g, 's')
    .replace(/[zvcwq]/g, (l) => ({ z: 's', v: 'b', c: 'k', w: 'b', q: 'k' })[l] ?? l)
    .replace(/g(?=[ei])/g, 'j')
    .replace(/n(?=[pb])/g, 'm')
    .replace(/(.)\1+/g, '$1');
}

/** Si dos palabras difieren en una sola letra (cambiada, de más o de menos). */
export function difierenEnUna(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  const restoA = a.slice(i);
  const restoB = b.slice(i);
  return restoA.slice(1) === restoB.slice(1) || restoA.slice(1) === restoB || restoA === restoB.slice(1);
}

/** Palabras que no dicen de qué se habla: gramática, cortesía y los verbos con los que se pregunta por cualquier cosa. */
export const VACIAS: ReadonlySet<string> = new Set(
  (
    'a al algo algun alguna algunas alguno algunos ante aqui asi aun aunque bien cada casi como con cual cuales cuando cuanta cuantas cuanto cuantos ' +
    'de del desde donde dos e el ella ellas ellos en entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue ' +
    'ha hace hacen hacer haces hago han hasta hay he la las le les lo los mas me mi mis mucho muy nada ni no nos nosotras nosotros o otra otras otro otros ' +
    'para pero por porque pues que quien quienes se sea ser seria si sido siempre sin sobre solo son soy su sus tal tambien tan tanto te tengo ti tiene tienen tienes ' +
    'todo todos toda todas tu tus un una uno unos unas usted ustedes va van ver voy y ya yo q xq pq k d x ' +
    'hola holi holaa buen buena buenas bueno buenos dia favor porfa porfavor porfis plis gracias disculpa disculpe disculpen oye oiga oigan saludos ' +
    'quiero quisiera queria quieres quiere quieren gustaria podria podrian podrias puedo puede pueden puedes poder ocupo necesito necesita busco deseo saber decir dime diganme digame ' +
    'informacion info informes ayuda ayudar ayudas pasa pasas pasan pasar pasame pasen manejan maneja venden vende vendes vender vendemos ofrecen ofrece cuentan cuenta ' +
    'hoy ahora ahorita manyana'
  ).split(' '),
);
