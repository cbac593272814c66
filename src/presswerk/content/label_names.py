"""Names of labels and of headings that say nothing of a subject, in many languages, in lower case.

LABELS: names of labels by kind. METADATA_HEADINGS: what stands above labels. INTRODUCTION_HEADINGS: what an article's
first section is called. CONTENTS_HEADINGS: what stands above a list of an article's own headings. WORD_COUNT: how the
length of an article is told, as `re` reads it.
"""

from typing import Literal, TypeAlias

LabelKind: TypeAlias = Literal["title", "seo_title", "subtitle", "description", "slug", "tags", "category", "other"]

LABELS: dict[LabelKind, str] = {
    "title": """
title|headline|article title|blog title|blog post title|cím|cikk címe|titlu|titlul|titlul articolului|post title|main title|working title|page title|h1|titel|überschrift|schlagzeile
|artikeltitel|haupttitel|titel des artikels|titre|titre de l'article|título|título del artículo|título do artigo|titular|titolo
|titolo dell'articolo|kop|koptekst|tytuł|nagłówek|заголовок|название|назва|název|nadpis|titulek|başlık|rubrik|overskrift|tittel|otsikko
|τίτλος|العنوان|عنوان|عنوان المقال|عنوان مقاله|כותרת|शीर्षक|judul|tiêu đề|ชื่อเรื่อง|หัวข้อ|ชื่อบทความ|タイトル|題名|見出し|記事タイトル|标题|標題
|文章标题|文章標題|题目|題目|제목|글 제목
""",
    "seo_title": "seo title|meta title|title tag|seo-titel|meta-titel|seo titel|meta titel|titre seo|título seo|titolo seo|seo标题|seoタイトル",
    "subtitle": """
subtitle|subheadline|sub-headline|subheading|tagline|deck|untertitel|unterüberschrift|unterzeile|sous-titre|chapô|subtítulo|sottotitolo
|ondertitel|podtytuł|подзаголовок|підзаголовок|podtitul|alt başlık|underrubrik|underoverskrift|undertittel|alaotsikko|υπότιτλος
|العنوان الفرعي|زیرعنوان|उपशीर्षक|subjudul|phụ đề|サブタイトル|副題|副标题|副標題|부제|부제목
""",
    "description": """
meta description|meta-description|seo description|metadescription|excerpt|meta-beschreibung|metabeschreibung|meta beschreibung|auszug
|seo-beschreibung|kurzbeschreibung|méta description|méta-description|description méta|extrait|meta descripción|metadescripción|descripción meta|extracto
|meta descrizione|descrizione meta|meta descrição|metadescrição|descrição meta|meta-omschrijving|metabeschrijving|meta beschrijving
|opis meta|meta opis|мета-описание|метаописание|описание meta|мета-опис|метаопис|meta popis|meta açıklama|metabeskrivning|metabeskrivelse
|meta leírás|metaleírás|meta descriere|metakuvaus|μετα-περιγραφή|meta περιγραφή|وصف ميتا|الوصف التعريفي|توضیحات متا|תיאור מטא|मेटा विवरण|deskripsi meta|meta deskripsi
|mô tả meta|thẻ mô tả|คำอธิบายเมตา|メタディスクリプション|メタ説明|抜粋|元描述|meta描述|摘要描述|摘要|메타 설명|메타 디스크립션
""",
    "slug": "slug|url slug|url-slug|permalink|suggested slug|url|slug url|слаг|スラッグ|スラグ|网址别名|슬러그",
    "tags": """
tags|tag|suggested tags|keywords|seo keywords|focus keyword|focus keywords|focus keyphrase|keyword|hashtags|schlagwörter|schlagworte
|stichwörter|stichworte|fokus-keyword|mots-clés|mots clés|étiquettes|etiquetas|palabras clave|etichette|parole chiave|palavras-chave
|trefwoorden|zoekwoorden|tagi|słowa kluczowe|теги|метки|ключевые слова|ключові слова|мітки|štítky|klíčová slova|etiketler|anahtar kelimeler
|taggar|nyckelord|nøgleord|nøkkelord|avainsanat|tunnisteet|címkék|kulcsszavak|etichete|cuvinte cheie|cuvinte-cheie|ετικέτες|λέξεις-κλειδιά|الوسوم|الكلمات المفتاحية|برچسب‌ها|کلمات کلیدی|תגיות
|מילות מפתח|टैग|कीवर्ड|kata kunci|thẻ|từ khóa|แท็ก|คำสำคัญ|タグ|キーワード|标签|標籤|关键词|關鍵詞|태그|키워드
""",
    "category": """
category|categories|suggested category|suggested categories|kategorie|kategorien|rubriken|catégorie|catégories|categoría|categorías
|categoria|categorias|categorie|categorieën|kategoria|kategorie|категория|категории|категорія|категорії|kategória|kategóriák|kategori
|kategoriat|κατηγορία|κατηγορίες|التصنيف|الفئة|دسته‌بندی|קטגוריה|श्रेणी|danh mục|หมวดหมู่|分类|分類|カテゴリ|カテゴリー|카테고리
""",
    "other": """
author|date|word count|reading time|target audience|audience|tone|language|description|summary|topic|autor|autorin
|datum|wortzahl|wortanzahl|lesezeit|zielgruppe|sprache|beschreibung|auteur|date|nombre de mots|fecha
|data|автор|дата|作者|日期|著者|日付|작성자|날짜|content|body|article
|inhalt|text|artikel|contenu|contenido|contenuto|conteúdo|正文|本文|содержание|текст
""",
}

WORD_COUNT = (
    r"(?:approx(?:imate)?\.? |total |final )?word count|words|wortzahl|wortanzahl|wörter|anzahl der wörter"
    r"|nombre de mots|recuento de palabras|número de palabras|numero di parole|contagem de palavras"
    r"|número de palavras|aantal woorden|woordenaantal|liczba słów|количество слов|кількість слів|počet slov"
    r"|szószám|szavak száma|număr de cuvinte|numărul de cuvinte|kelime sayısı|antal ord|ordantal|antall ord|sanamäärä|αριθμός λέξεων|عدد الكلمات|تعداد کلمات|מספר מילים"
    r"|शब्द संख्या|jumlah kata|số từ|จำนวนคำ|文字数|字数|字數|글자 수|단어 수|character count|zeichenanzahl"
)

METADATA_HEADINGS = frozenset(
    """
seo|metadata|meta data|seo metadata|seo data|seo details|seo information|seo info|meta information|metadaten|seo-daten|seo-angaben
|seo-metadaten|meta-daten|métadonnées|metadatos|datos seo|metadati|metadados|metagegevens|метаданные|метадані|метадата|メタデータ|メタ情報
|元数据|元數據|seo信息|메타데이터|بيانات وصفية
""".replace("\n", "").split("|")
)

INTRODUCTION_HEADINGS = frozenset(
    """
introduction|intro|overview|summary|preface|background|tl;dr|einleitung|einführung|überblick|vorwort|zusammenfassung|aperçu|avant-propos
|introducción|resumen|prólogo|introduzione|panoramica|premessa|introdução|visão geral|inleiding|overzicht|bevezetés|bevezető|introducere|wstęp|wprowadzenie|введение
|вступление|вступ|úvod|giriş|inledning|indledning|innledning|johdanto|εισαγωγή|مقدمة|مقدمه|הקדמה|מבוא|परिचय|प्रस्तावना|pendahuluan
|giới thiệu|บทนำ|はじめに|序章|概要|导入|引言|前言|简介|概述|引言|前言|簡介|서론|들어가며|개요
""".replace("\n", "")
    .casefold()
    .split("|")
)

CONTENTS_HEADINGS = frozenset(
    """
table of contents|contents|toc|on this page|in this article|inhalt|inhaltsverzeichnis|inhaltsübersicht|table des matières|sommaire
|índice|contenido|tabla de contenidos|tabla de contenido|sumário|conteúdo|indice|sommario|indice dei contenuti|inhoud|inhoudsopgave
|spis treści|tartalom|tartalomjegyzék|cuprins|содержание|оглавление|зміст|obsah|içindekiler|innehåll|innehållsförteckning|indhold|indholdsfortegnelse|innhold
|innholdsfortegnelse|sisällys|sisällysluettelo|περιεχόμενα|πίνακας περιεχομένων|المحتويات|جدول المحتويات|فهرس|فهرست|فهرست مطالب
|תוכן עניינים|תוכן העניינים|विषय सूची|विषय-सूची|अनुक्रमणिका|daftar isi|mục lục|สารบัญ|目次|もくじ|目录|目錄|목차|차례
""".replace("\n", "")
    .casefold()
    .split("|")
)
